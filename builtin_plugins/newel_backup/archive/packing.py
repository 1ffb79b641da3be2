"""A ZIP on its way out: to a file or a pipe, which is only ever written to."""

from __future__ import annotations

import asyncio
import hashlib
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from datetime import datetime
from typing import IO

from newel_backup.archive.faults import Unpackable, Unwritable
from newel_backup.archive.manifest import LONGEST_LINE, PackedEntry

MOST_ENTRIES = 250_000
"""Of an archive. A directory of them is held in memory, here and where it is read."""
LARGEST_DIRECTORY = 96 << 20
"""Bytes of the directory at the end."""
_PACKED = frozenset(
    f"{kind}/{name}" for kind, names in {
        "image": "jpeg png webp avif gif heic jxl", "video": "mp4 webm quicktime x-matroska",
        "audio": "mpeg mp4 ogg aac flac", "font": "woff woff2",
        "application": "zip gzip zstd pdf x-7z-compressed x-bzip2 x-xz epub+zip",
    }.items() for name in names.split()
)  # fmt: skip


def is_packed(content_type: str) -> bool:
    """Whether files of that type are packed already: they are stored as they are."""
    return content_type in _PACKED or content_type.startswith("application/vnd.openxmlformats-officedocument.")


class _Sink:
    """A file that can only be written to, until it is given up: what a broken archive still had to say is dropped, so
    that it ends in the middle and no tool takes it for a whole one."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.given_up = False

    def write(self, data: bytes) -> int:
        if not self.given_up:
            try:
                self._file.write(data)
            except OSError as error:
                self.given_up = True
                raise Unwritable.of(error) from None
        return len(data)

    def flush(self) -> None:
        if not self.given_up:
            try:
                self._file.flush()
            except OSError as error:
                raise Unwritable.of(error) from None


class Packing:
    """Writes an archive, used as a block; all work is done on threads. Where the block raises, there is no archive.

    Raises ``Unwritable``, ``Unpackable``.
    """

    def __init__(self, file: IO[bytes], at: datetime, told: Callable[[int], None] = lambda _: None) -> None:
        """``at`` is the time of all entries; ``told`` hears of bytes that were taken."""
        self._sink = _Sink(file)
        self._zip = zipfile.ZipFile(self._sink, "w")  # type: ignore[call-overload]  # all it needs of a file is write
        self._at = at.timetuple()[:6]
        self._told = told
        self._count = 0

    async def __aenter__(self) -> Packing:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._sink.given_up = True
            return
        await asyncio.to_thread(self._zip.close)
        await asyncio.to_thread(self._sink.flush)

    async def entry(
        self, name: str, pieces: AsyncIterator[bytes], *, size: int | None = None, stored: bool = False,
        lines: bool = False,
    ) -> PackedEntry:  # fmt: skip
        """Writes an entry; ``size`` in bytes where it is known, ``lines``: it is made of them. Answers what came."""
        self._count += 1
        if self._count > MOST_ENTRIES:
            raise Unpackable(f"one archive takes {MOST_ENTRIES:,} files: copy a target's repository instead")
        info = zipfile.ZipInfo(name, self._at)
        info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        info.external_attr = 0o100600 << 16
        info.file_size = size or 0
        seen = _Seen(lines)
        file = await asyncio.to_thread(self._zip.open, info, "w", force_zip64=size is None)

        def take(piece: bytes) -> None:
            seen.add(piece)
            file.write(piece)

        try:
            async with aclosing(pieces):  # type: ignore[type-var]  # generators all
                async for piece in pieces:
                    await asyncio.to_thread(take, piece)
                    self._told(len(piece))
        except BaseException:
            self._sink.given_up = True
            raise
        await asyncio.to_thread(file.close)
        return PackedEntry(lines=seen.lines, bytes=seen.bytes, sha256=seen.sha256.hexdigest())


class _Seen:
    """What has come of an entry."""

    def __init__(self, of_lines: bool) -> None:
        self._of_lines = of_lines
        self._open = 0
        self.lines = self.bytes = 0
        self.sha256 = hashlib.sha256()

    def add(self, piece: bytes) -> None:
        self.sha256.update(piece)
        self.bytes += len(piece)
        if not self._of_lines:
            return
        self.lines += (count := piece.count(b"\n"))
        longest = self._open + (piece.find(b"\n") if count else len(piece))
        if len(piece) > LONGEST_LINE:
            longest = max(longest, *map(len, piece.split(b"\n")))
        self._open = len(piece) - piece.rfind(b"\n") - 1 if count else longest
        if longest > LONGEST_LINE:
            raise Unpackable(f"a row is larger than {LONGEST_LINE >> 20} MiB: an archive does not take it")
