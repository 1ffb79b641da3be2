"""Leaves of a Debian system what its Python and the named packages need: ``root.py LIBRARY ... -- PROGRAM ...``.

What no kept package depends on goes, from disk and from dpkg's list, which scanners read: package managers, shells,
``su`` and its kind. It looks at dependencies and at what libraries are linked to, so that another base of Debian's
works as well. Nothing can be installed afterwards. It runs in a build only, and removes itself.
"""

from __future__ import annotations

import compileall
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from py_compile import PycInvalidationMode

ROOT = Path("/")
BUILD = Path("/build")
STATUS = Path("var/lib/dpkg/status")
ALWAYS = ("base-files", "ca-certificates", "libc6", "libgcc-s1", "libstdc++6", "netbase", "tzdata")
"""Beside what Python is linked to. Modules of wheels are linked to the two libraries in the middle."""
NEVER = {"debconf", "dpkg", "mawk", "perl-base", "adduser", "init-system-helpers"}
"""What packages need only while they are installed."""
STDLIB = ("ensurepip", "idlelib", "lib2to3", "pydoc_data", "test", "tkinter", "turtledemo", "turtle.py")
LEFT_OVER = (
    "usr/include", "usr/local/include", "usr/local/lib/pkgconfig", "usr/share/bash-completion", "usr/share/doc-base",
    "usr/bin/openssl", "usr/bin/c_rehash", "usr/bin/tini-static", "usr/local/bin/idle*", "usr/local/bin/pip*",
    "usr/local/bin/pydoc*", "usr/local/lib/python*/*-packages/pip*", "etc/alternatives", "etc/apt", "etc/cron.daily",
    "etc/pam.d", "etc/systemd", "etc/*-", "etc/.pwd.lock", "var/lib/pam", "var/lib/systemd", "var/cache/[!a]*",
    "var/log/*", "var/backups/*", "var/mail",
)  # fmt: skip
"""What belongs to no package, or is a tool of one that is kept. The caches of apt are mounts of the build."""


def stanzas(status: str) -> dict[str, str]:
    """Installed packages with what dpkg says of them."""
    found = {}
    for text in status.split("\n\n"):
        name = re.search(r"^Package: (\S+)", text, re.MULTILINE)
        if name and re.search(r"^Status: install ok installed", text, re.MULTILINE):
            found[name[1]] = text
    return found


def needed(packages: dict[str, str], roots: Iterable[str]) -> set[str]:
    """The roots that are installed and what they depend on; of alternatives all that are installed."""
    provided: dict[str, set[str]] = {}
    for name, text in packages.items():
        for one in [name, *_names(text, "Provides")]:
            provided.setdefault(one, set()).add(name)
    left = list(roots)
    kept: set[str] = set()
    never = NEVER - {*left}
    while left:
        for name in provided.get(left.pop(), set()) - kept - never:
            kept.add(name)
            left += [one for field in ("Depends", "Pre-Depends") for one in _names(packages[name], field)]
    return kept


def _names(text: str, field: str) -> list[str]:
    line = re.search(rf"^{field}: (.*)$", text, re.MULTILINE)
    return re.findall(r"(?:^|[,|])\s*([a-z0-9][a-z0-9.+-]*)", line[1]) if line else []


def lists(root: Path, package: str) -> list[Path]:
    """dpkg's list of a package's files: one for each architecture that it is installed for."""
    return [one for one in (root / STATUS).parent.glob("info/*.list") if one.stem.partition(":")[0] == package]


def files(root: Path, package: str) -> set[Path]:
    """A package's files where they really are: of a merged ``/usr``, ``/lib/x`` is ``/usr/lib/x``."""
    paths = (root / line.lstrip("/") for one in lists(root, package) for line in one.read_text().splitlines()[1:])
    return {path.parent.resolve() / path.name for path in paths}


def linked(of: Iterable[Path]) -> set[Path]:
    """The libraries that programs and modules are linked to."""
    told = subprocess.run(["ldd", *map(str, of)], capture_output=True, text=True, check=False).stdout  # noqa: S603, S607 - libc's
    return {Path(path).parent.resolve() / Path(path).name for path in re.findall(r"(/\S+\.so\S*) \(0x", told)}


def main(named: list[str]) -> None:
    if (here := Path(__file__).resolve().parent) != BUILD:
        sys.exit(f"this takes a system apart: it runs in {BUILD} of an image's build")
    os.chdir(ROOT)  # here goes as well
    packages = stanzas((ROOT / STATUS).read_text())
    owned = {name: files(ROOT, name) for name in packages}
    stdlib = Path(sysconfig.get_path("stdlib"))
    libraries = linked([Path(sys.executable).resolve(), *stdlib.glob("lib-dynload/*.so")])
    own = {*libraries, Path(sys.executable).resolve(), *stdlib.rglob("*.py")}  # where Python itself is a package
    python = {name for name, its in owned.items() if its & own}
    kept = needed(packages, {*ALWAYS, *python, *named})
    gone: set[Path] = set().union(*(owned[name] for name in packages.keys() - kept))
    gone -= set().union(*(owned[name] for name in kept))
    for name in packages.keys() - kept:
        for one in lists(ROOT, name):
            gone.update(one.parent.glob(f"{one.stem}.*"))
    (ROOT / STATUS).write_text("\n\n".join(packages[name].strip() for name in sorted(kept)) + "\n")
    for path in sorted(gone, reverse=True):  # a folder after what is in it
        _removed(path)
    trees = [*(one for pattern in LEFT_OVER for one in ROOT.glob(pattern)), *(stdlib / name for name in STDLIB), here]
    if named[-1:] == ["--"]:  # Python brings its own tables of characters; other programs read these
        trees += ROOT.glob("usr/lib/*/gconv")
    for path in trees:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    # Never compared with its source: the root will be read-only, and the same source makes the same layer.
    compileall.compile_dir(stdlib, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    sys.stdout.write(f"kept {len(kept)} of {len(packages)} packages: {' '.join(sorted(kept))}\n")


def _removed(path: Path) -> None:
    with suppress(OSError):  # a folder that others are in
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
