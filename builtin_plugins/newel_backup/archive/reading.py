"""An archive from a stranger, opened: what its directory says is judged before anything of it is unpacked.

No name of it ever becomes a path: names are only compared with those that the manifest gives.
"""

from __future__ import annotations

import asyncio
import os
import stat
import struct
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import IO

from newel import zips
from newel_backup.archive.faults import BadArchive
from newel_backup.archive.manifest import LARGEST, MANIFEST
from newel_backup.archive.packing import LARGEST_DIRECTORY, MOST_ENTRIES

PIECE = 1 << 20
_END = struct.Struct("<4s4H2LH")
_LOCAL = 30
"""Bytes of what stands before an entry, without its name."""


class Archive:
    """An open archive. Reads on threads."""

    def __init__(self, opened: zipfile.ZipFile, infos: Mapping[str, zipfile.ZipInfo]) -> None:
        self._zip = opened
        self._infos = infos

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._infos)

    @property
    def declared(self) -> int:
        """Bytes that it says it becomes. It never becomes more."""
        return sum(info.file_size for info in self._infos.values())

    def size(self, name: str) -> int:
        """What the directory says of an entry; -1: there is none."""
        info = self._infos.get(name)
        return -1 if info is None else info.file_size

    async def manifest(self) -> bytes:
        """Raises ``BadArchive``."""
        if not 0 <= self.size(MANIFEST) <= LARGEST:
            raise BadArchive("its manifest.json is too large")
        return b"".join([piece async for piece in self.pieces(MANIFEST)])

    async def pieces(self, name: str, size: int = PIECE) -> AsyncGenerator[bytes]:
        """What an entry holds, in pieces of ``size`` but the last. Raises ``BadArchive``, also at the end."""
        info = self._infos.get(name)
        if info is None:
            raise BadArchive(f"it has no {name}: this is no whole export")
        count = 0
        try:
            with await asyncio.to_thread(self._zip.open, info) as file:
                while piece := await asyncio.to_thread(_filled, file, size):
                    count += len(piece)
                    yield piece
        except zips.BROKEN as error:
            raise BadArchive(f"{name} cannot be unpacked: {error}"[:300]) from None
        if count != info.file_size:
            raise BadArchive(f"{name} has another size than the archive says")


def _filled(file: IO[bytes], size: int) -> bytes:
    return file.read(size)


@asynccontextmanager
async def opened(file: IO[bytes]) -> AsyncIterator[Archive]:
    """An archive in an open file with a number, which stays open. Raises ``BadArchive``."""
    opening = zips.opened(file, largest=LARGEST_DIRECTORY, most=MOST_ENTRIES + 4)
    try:
        archive = await asyncio.to_thread(opening.__enter__)
    except zips.BROKEN as error:
        raise BadArchive(f"this is no ZIP archive, or a broken one: {error}"[:300]) from None
    try:
        yield Archive(archive, await asyncio.to_thread(_surveyed, archive, file))
    finally:
        await asyncio.to_thread(opening.__exit__, None, None, None)


def _surveyed(archive: zipfile.ZipFile, file: IO[bytes]) -> Mapping[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(archive.NameToInfo) != len(infos):
        raise BadArchive("it has two entries of one name")
    for fault in _faults(infos):
        raise BadArchive(fault)
    end, size = 0, os.fstat(file.fileno()).st_size
    ordered = sorted(infos, key=lambda info: info.header_offset)
    for info in ordered:
        if info.header_offset < end:
            raise BadArchive("its entries lie in each other")
        end = info.header_offset + _LOCAL + len(info.orig_filename) + info.compress_size
    if not ordered or ordered[0].header_offset != 0 or end > archive.start_dir:
        raise BadArchive("its entries are not where they should be")
    if ordered[-1].orig_filename != MANIFEST:
        raise BadArchive("its last entry is not manifest.json: this is no whole export")
    file.seek(size - _END.size)
    mark, *_, comment = _END.unpack(file.read(_END.size))
    if mark != b"PK\5\6" or comment:
        raise BadArchive("something follows after its end")
    return archive.NameToInfo


def _faults(infos: list[zipfile.ZipInfo]) -> Iterator[str]:
    for info in infos:
        shown = ascii(info.orig_filename[:100])
        if info.flag_bits & zips.ENCRYPTED:
            yield f"{shown} is encrypted"
        if info.compress_type not in zips.PLAIN:
            yield f"{shown} is packed in a way that is not taken: only stored and deflated are"
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            yield f"{shown} is no plain file"
        if info.filename != info.orig_filename:
            yield f"{shown} has two names"
        if info.compress_type == zipfile.ZIP_STORED and info.compress_size != info.file_size:
            yield f"{shown} says two things of its size"
