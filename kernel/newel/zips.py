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
from typing import IO

from newel.errors import Reject

LARGEST_DIRECTORY = 4 << 20
"""Bytes of the directory at the end, which is read whole: some ten thousand names."""
LONGEST_NAME = 4096
DEEPEST = 10
BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, NotImplementedError, ValueError,
    OverflowError, struct.error,
)  # fmt: skip
"""What ``zipfile`` raises about archives that are broken, encrypted or packed in ways that it does not know."""
PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Ways of packing that give no more at a time than is asked for."""
_ENTRY = b"PK\x01\x02"
_DRIVE = re.compile(r"[A-Za-z]:")
_JUNK = ("__MACOSX", "Thumbs.db", "desktop.ini")
ENCRYPTED = 0x1


class Bounded(io.BufferedReader):
    """A file that is never read in large pieces. Whatever an archive says of its directory, in whichever of the records
    that may contradict each other: it is read with one call, and this refuses it."""

    def __init__(self, raw: io.RawIOBase, largest: int = LARGEST_DIRECTORY, most: int | None = None) -> None:
        """``largest``: bytes of a piece. ``most``: entries that a piece may begin, since each costs memory."""
        super().__init__(raw)
        self._largest = largest
        self._most = most

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            here = self.tell()
            size = self.seek(0, io.SEEK_END) - here
            self.seek(here)
        if size > self._largest:
            raise zipfile.BadZipFile("its directory is too large")
        data = super().read(size)
        if self._most is not None and data.count(_ENTRY) > self._most:
            raise zipfile.BadZipFile("its directory has too many entries")
        return data


@contextmanager
def opened(
    file: Path | IO[bytes], *, largest: int = LARGEST_DIRECTORY, most: int | None = None
) -> Iterator[zipfile.ZipFile]:
    """An archive: of a path, or of an open file with a number, which stays open. Raises what is in ``BROKEN``."""
    raw = io.FileIO(file) if isinstance(file, Path) else io.FileIO(file.fileno(), closefd=False)
    with Bounded(raw, largest, most) as bounded, zipfile.ZipFile(bounded) as archive:
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
