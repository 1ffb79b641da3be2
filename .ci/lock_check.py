"""Fail if the locks do not satisfy pyproject.toml. With --simd: print what requirements-simd.lock is made from.

Works offline: it compares the two files, so that a forgotten `./just lock` shows before CI installs
anything.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"^(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^]]*\])?==(?P<version>[^\s;\\]+)")
URL = re.compile(r"://|^\s*(?:-i|-f|--(?:extra-)?index-url|--find-links|--trusted-host)\b")


def problems(project: dict[str, Any], lock: str) -> list[str]:
    pins: dict[str, set[Version]] = {}
    found = []
    lines = lock.splitlines()
    for number, line in enumerate(lines, 1):
        if URL.search(line):
            found.append(f"line {number} of the locks names a place to download from")
        if pin := PIN.match(line):
            pins.setdefault(canonicalize_name(pin["name"]), set()).add(Version(pin["version"]))
            if not (line.endswith("\\") and "".join(lines[number : number + 1]).lstrip().startswith("--hash=sha256:")):
                found.append(f"{pin['name']}=={pin['version']} has no hash")

    extras = project["optional-dependencies"]
    lists = {"dependencies": project["dependencies"], **extras}
    for where, requirements in lists.items():
        for text in requirements:
            wanted = Requirement(text)
            name = canonicalize_name(wanted.name)
            if name == project["name"]:
                # newel[testing] in another extra: its list is checked too.
                found += [f"{where}: no extra {extra!r}" for extra in wanted.extras if extra not in extras]
            elif name not in pins:
                found.append(f"{where}: {text!r} is not locked")
            elif not all(wanted.specifier.contains(version, prereleases=True) for version in pins[name]):
                locked = ", ".join(sorted(map(str, pins[name])))
                found.append(f"{where}: {text!r} is locked at {locked}")
    return found


def apart(project: dict[str, Any]) -> list[str]:
    """What the extra ``simd`` has and ``media`` has not: it is locked apart, since it may not stand beside Pillow."""
    extras = project["optional-dependencies"]
    return [one for one in extras["simd"] if one not in extras["media"]]


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    if sys.argv[1:] == ["--simd"]:
        print(*apart(project), sep="\n")
        return 0
    names = ("requirements", "requirements-simd", "requirements-full", "requirements-tools", "docker/build")
    found = problems(project, "\n".join((ROOT / f"{name}.lock").read_text() for name in names))
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        print("requirements.lock is out of date: run ./just lock", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
