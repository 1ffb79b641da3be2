"""Files on their way into an archive, and their list, which follows them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import IO

import orjson

from newel_backup.archive.manifest import LIST, PackedEntry, PackedFiles, file_entry
from newel_backup.archive.packing import Packing, is_packed

READ = 1 << 20


_TYPE = re.compile(r"[ -~]{1,255}")
UNKNOWN = "application/octet-stream"


def is_type(text: str) -> bool:
    """Whether it can stand in a header as a MIME type."""
    return _TYPE.fullmatch(text) is not None


def list_line(key: str, size: int, sha256: str, content_type: str) -> bytes:
    """A file in the list."""
    return orjson.dumps([key, size, sha256, content_type]) + b"\n"


async def given(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


class FilesPacking:
    """Adds files in order of their keys, then the list. ``spool`` holds it meanwhile."""

    def __init__(self, packing: Packing, spool: IO[bytes]) -> None:
        self._packing = packing
        self._spool = spool
        self._count = 0
        self._bytes = 0

    async def add(self, key: str, size: int, content_type: str, pieces: AsyncIterator[bytes]) -> PackedEntry:
        """Answers what came: other than what was announced, then the caller gives the archive up."""
        content_type = content_type if is_type(content_type) else UNKNOWN
        entry = await self._packing.entry(file_entry(key), pieces, size=size, stored=is_packed(content_type))
        await asyncio.to_thread(self._spool.write, list_line(key, entry.bytes, entry.sha256, content_type))
        self._count += 1
        self._bytes += entry.bytes
        return entry

    async def end(self) -> PackedFiles:
        entry = await self._packing.entry(LIST, self._listed(), lines=True)
        return PackedFiles(count=self._count, bytes=self._bytes, entry=entry)

    async def _listed(self) -> AsyncIterator[bytes]:
        await asyncio.to_thread(self._spool.seek, 0)
        while piece := await asyncio.to_thread(self._spool.read, READ):
            yield piece
