"""ZIP files from strangers: their directory is bounded before it is read, and their names are never paths."""

from __future__ import annotations

import io
import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newel import Reject

LARGEST_DIRECTORY = 4 << 20
"""Bytes of the directory at the end, which is read whole: some ten thousand names."""
LONGEST_NAME = 4096
DEEPEST = 10
BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, NotImplementedError, ValueError,
    OverflowError, struct.error,
)  # fmt: skip
"""What ``zipfile`` raises about archives that are broken, encrypted or packed in ways that it does not know."""
_DRIVE = re.compile(r"[A-Za-z]:")
_JUNK = ("__MACOSX", "Thumbs.db", "desktop.ini")
ENCRYPTED = 0x1


class Bounded(io.BufferedReader):
    """A file that is never read in large pieces. Whatever an archive says of its directory, in whichever of the records
    that may contradict each other: it is read with one call, and this refuses it."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            here = self.tell()
            size = self.seek(0, io.SEEK_END) - here
            self.seek(here)
        if size > LARGEST_DIRECTORY:
            raise zipfile.BadZipFile("its directory is too large")
        return super().read(size)


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """An archive. Raises what is in ``BROKEN``."""
    with Bounded(io.FileIO(path)) as file, zipfile.ZipFile(file) as archive:
        yield archive


def is_junk(names: tuple[str, ...]) -> bool:
    """What computers put beside files: hidden ones, and those of macOS and Windows."""
    return any(name in _JUNK or name.startswith(".") for name in names)


def place_of(info: zipfile.ZipInfo) -> tuple[str, ...]:
    """The names of an entry: its folders and, last, its own. They are looked up and never opened.

    Raises ``Reject`` for what could mean another place somewhere, and for what is no plain file.
    """
    name = info.orig_filename
    if len(name.encode("utf-8", "surrogateescape")) > LONGEST_NAME:
        raise Reject("the name is too long", code="name_too_long")
    names = tuple(name.split("/"))
    if "\0" in name or "\\" in name or _DRIVE.match(name) or any(part in ("", ".", "..") for part in names):
        raise Reject("the name leads out of the archive", code="unsafe_name")
    if len(names) > DEEPEST + 1:
        raise Reject(f"folders go {DEEPEST} levels deep at most", code="too_deep")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise Reject("only plain files are taken: no links, no devices", code="no_file")
    if info.flag_bits & ENCRYPTED:
        raise Reject("it is encrypted", code="encrypted")
    return names
