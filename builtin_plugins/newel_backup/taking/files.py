"""Files on their way into a repository: what the last snapshot has of them is not read again."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any

from newel.blobs import cut
from newel.contracts.backup import KeptBlob
from newel.contracts.blobs import Blobs
from newel.errors import NotFound
from newel_backup.repo.cutter import PIECE
from newel_backup.repo.files import FileLine
from newel_backup.repo.manifest import KeptFiles
from newel_backup.repo.streams import StreamWriter, Writer


class FilesTaking:
    """One snapshot's files."""

    def __init__(self, store: Blobs | None, writer: Writer, present: set[str]) -> None:
        self._store = store
        self._writer = writer
        self._present = present
        self.missing: list[str] = []

    async def run(self, wanted: AsyncIterator[KeptBlob], last: AsyncIterator[FileLine] | None) -> KeptFiles:
        """``wanted`` and ``last`` (those of the snapshot before) are in order of keys."""
        stream = StreamWriter(self._writer)
        count = size = 0
        known = _Ahead(last)
        try:
            async for blob in wanted:
                line = await known.at(blob.key)
                if line is None or not self._same(line, blob):
                    line = await self._read(blob)
                if line is None:
                    self.missing.append(blob.key)
                    continue
                count += 1
                size += line.size
                await stream.add_one(blob.key.encode(), line.line)
        finally:
            await known.close()
        return KeptFiles(count=count, bytes=size, stream=await stream.end())

    def _same(self, line: FileLine, blob: KeptBlob) -> bool:
        """Whether what the snapshot before has is what the site has."""
        known = line.size == blob.size and blob.sha256 in ("", line.sha256)
        return known and self._present.issuperset(line.pieces)

    async def _read(self, blob: KeptBlob) -> FileLine | None:
        """``None``: the store does not have it, or has something else than was put there."""
        found, size, pieces = hashlib.sha256(), 0, []
        if self._store is None:
            return None
        try:
            async with self._store.get(blob.key) as read:
                async for piece in cut(read.pieces, PIECE):
                    found.update(piece)
                    size += len(piece)
                    pieces.append(await self._writer.put(piece))
                kind = read.blob.content_type
        except NotFound:
            return None
        digest = found.hexdigest()
        if size != blob.size or (blob.sha256 and digest != blob.sha256):
            return None
        return FileLine(blob.key, size, digest, kind, tuple(pieces))


class _Ahead:
    """The files of the snapshot before, walked through beside the present ones."""

    def __init__(self, lines: AsyncIterator[FileLine] | None) -> None:
        self._lines: Any = lines
        self._next: FileLine | None = None
        self._begun = False

    async def at(self, key: str) -> FileLine | None:
        if not self._begun:
            self._begun = True
            await self._step()
        while self._next is not None and self._next.key < key:
            await self._step()
        return self._next if self._next is not None and self._next.key == key else None

    async def _step(self) -> None:
        self._next = None if self._lines is None else await anext(self._lines, None)

    async def close(self) -> None:
        if self._lines is not None:
            await self._lines.aclose()
