"""Check the shell in scripts and in recipes with shellcheck.

A recipe's body is shell with places of just's own; it is checked with a word in each of these places.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SHEBANGS = ("#!/bin/sh", "#!/usr/bin/env bash", "#!/usr/bin/env sh", "#!/bin/bash")


def scripts() -> list[Path]:
    """The files of the repository that say they are shell."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],  # noqa: S607 - git, wherever it is
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    files = [ROOT / name for name in listed.stdout.splitlines()]
    return [file for file in files if file.is_file() and _head(file).startswith(SHEBANGS)]


def _head(file: Path) -> str:
    with file.open("rb") as read:
        return read.readline(100).decode("utf-8", "replace")


def recipes() -> Iterator[tuple[str, str]]:
    """The name of each recipe with its body as a script; bodies in other languages are left out."""
    just = shutil.which("just") or str(ROOT / ".venv/bin/just")
    dumped = subprocess.run(  # noqa: S603 - just, as we are called by it
        [just, "--justfile", str(ROOT / "justfile"), "--dump", "--dump-format", "json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name, recipe in json.loads(dumped.stdout)["recipes"].items():
        lines = ["".join(_text(part) for part in line) for line in recipe["body"]]
        if not recipe["shebang"]:
            # sh gets each line with its own shell, and stops at the first that fails.
            lines = ["#!/bin/sh", "set -e", *(f"({line.lstrip('@-')}\n)" for line in lines)]
        if lines[0].startswith(SHEBANGS):
            yield name, "\n".join(lines) + "\n"


def _text(part: str | list[Any]) -> str:
    return part if isinstance(part, str) else "placed"


def main() -> int:
    if shutil.which("shellcheck") is None:
        print("shellcheck is not installed: apt-get install shellcheck", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        bodies = []
        for name, text in recipes():
            bodies.append(f"{name}.sh")
            (Path(folder) / bodies[-1]).write_text(text)
        # A line's `exec` is in parentheses, and what just puts in is no constant.
        first = checked(folder, "-e", "SC2093,SC2050,SC2194", *bodies)
    return first or checked(ROOT, *(str(file.relative_to(ROOT)) for file in scripts()))


def checked(folder: str | Path, *arguments: str) -> int:
    """The exit code of shellcheck, which prints what it finds."""
    return subprocess.run(["shellcheck", *arguments], cwd=folder, check=False).returncode  # noqa: S603, S607 - our own names


if __name__ == "__main__":
    sys.exit(main())
