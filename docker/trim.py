"""Takes out of a venv what nothing in a running site reads, and strips its libraries: ``trim.py /opt/newel``.

Every extension module that is left is loaded afterwards, so that a build with a broken one fails.
"""

from __future__ import annotations

import importlib.machinery
import shutil
import subprocess
import sys
from pathlib import Path

SOURCES = ("*.c", "*.h", "*.pyx", "*.pxd", "*.pxi", "*.pyi", "*.hash", "*.cpp", "*.a")
"""What extension modules were compiled from; type checkers' files."""

UNUSED = (
    "*/tests",
    "google/protobuf/compiler",
    "boto3/examples",
    "sqlalchemy/testing",
    "sqlalchemy/dialects/mssql",
    "sqlalchemy/dialects/oracle",
    "alembic/testing",
    "alembic/templates",  # `alembic init`
    "zstandard/_cffi.*.so",  # for PyPy; the other backend serves here
    "PIL/_imagingtk*.so",
    "PIL/_tkinter_finder.py",
    "PIL/ImageTk.py",
    "setuptools",  # fractional-indexing names it and never imports it
    "setuptools-*",
    "_distutils_hack",
    "distutils-precedence.pth",
    "pkg_resources",
)

AWS = ("s3", "sts", "sso", "sso-oidc", "signin")
"""The services that files in a bucket take part in: storing, and the ways to come by credentials. Of 400."""

REACHED = (
    "aioboto3", "alembic.migration", "alembic.operations", "asyncssh", "cryptography.fernet", "databases",
    "markdown_it", "opentelemetry.exporter.otlp.proto.http.trace_exporter", "PIL.Image", "sqlalchemy.dialects.mysql",
    "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.sqlite", "tomlkit", "urwid", "zstandard",
)  # fmt: skip
"""What must still import when all that goes is gone, beside the extension modules."""

VM = "luajit21"
"""The one of lupa's seven that plugins run in."""


def removed(place: Path) -> list[Path]:
    """What goes, below site-packages."""
    found = [one for pattern in SOURCES for one in place.rglob(pattern) if one.is_file()]
    found += [one for pattern in UNUSED for one in place.glob(pattern)]
    for data in (place / "botocore/data", place / "boto3/data"):
        found += [one for one in data.iterdir() if one.is_dir() and one.name not in AWS]
    return found + [one for one in place.glob("lupa/lua*.so") if not one.name.startswith(VM)]


def libraries(place: Path) -> list[Path]:
    """Compiled files: modules, and the libraries that wheels bring."""
    return [one for one in place.rglob("*.so*") if one.is_file() and not one.is_symlink()]


def modules(place: Path) -> list[str]:
    """The names of the extension modules."""
    suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
    return sorted(
        ".".join(one.relative_to(place).with_name(one.name.removesuffix(suffix)).parts)
        for one in place.rglob(f"*{suffix}")
    )


def main(venv: Path) -> None:
    (place,) = venv.glob("lib/python*/site-packages")
    before = size(place)
    for one in removed(place):
        shutil.rmtree(one) if one.is_dir() else one.unlink(missing_ok=True)
    subprocess.run(["strip", "--strip-unneeded", *map(str, libraries(place))], check=True)  # noqa: S603, S607 - binutils'
    loading = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    subprocess.run([str(venv / "bin/python"), "-c", loading, *modules(place), *REACHED], check=True)  # noqa: S603 - our own
    sys.stdout.write(f"trimmed {place}: {before / 1e6:.0f} MB to {size(place) / 1e6:.0f} MB\n")


def size(place: Path) -> int:
    return sum(one.stat().st_size for one in place.rglob("*") if one.is_file())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
