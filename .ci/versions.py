"""Print the versions of all that takes part: for a report of a fault."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    "newel",
    "aiohttp",
    "asyncpg",
    "asyncmy",
    "asyncssh",
    "lupa",
    "pillow",
    "pillow-simd",
    "sqlalchemy",
    "uvloop",
)
PROGRAMS = {
    "git": ("--version",), "postgres": ("--version",), "mariadbd": ("--version",), "node": ("--version",),
    "ffmpeg": ("-version",), "docker": ("--version",),
}  # fmt: skip


def installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"


def told(program: str, *arguments: str) -> str:
    path = shutil.which(program)
    if path is None:
        return "-"
    ended = subprocess.run([path, *arguments], capture_output=True, text=True, check=False, timeout=20)  # noqa: S603 - names of our own
    return (ended.stdout or ended.stderr).partition("\n")[0]


def main() -> int:
    rows = [("system", platform.platform()), ("python", sys.version.split()[0]), ("sqlite", sqlite3.sqlite_version)]
    rows += [(name, installed(name)) for name in PACKAGES]
    rows += [(name, told(name, *arguments)) for name, arguments in PROGRAMS.items()]
    for name, text in rows:
        print(f"{name:12} {text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
