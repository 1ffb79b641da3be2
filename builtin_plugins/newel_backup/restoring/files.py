"""Files of a snapshot on their way into a store of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

from attrs import define

from newel.contracts.blobs import Blob, BlobDamaged, Blobs
from newel.errors import Reject
from newel_backup.repo.faults import Damaged
from newel_backup.repo.files import FileLine, files_of
from newel_backup.repo.manifest import KeptFiles
from newel_backup.repo.repository import Repository
from newel_backup.repo.streams import pieces_of
from newel_backup.restoring.loading import Told
from newel_backup.together import together

AT_ONCE = 4
"""Files that are written side by side: each holds two pieces of 4 MiB."""


@define
class FilesRestored:
    """What was done. ``there``: files that an earlier attempt had brought."""

    count: int = 0
    bytes: int = 0
    there: int = 0


async def restore_files(
    repository: Repository, files: KeptFiles, store: Blobs, told: Told = lambda *_: None
) -> FilesRestored:
    """Writes all files; sizes and SHA-256 are checked on the way. ``store`` has nothing but what an earlier attempt at
    the same brought: that is not read again. Raises ``Damaged``, ``BlobsAway``."""
    done = FilesRestored()
    there = _There(store.list())
    lines = files_of(repository, files.stream)
    turn = asyncio.Lock()

    async def following() -> FileLine | None:
        """The next file that is missing."""
        async with turn:
            async for line in lines:
                if await there.has(line):
                    done.there += 1
                    _count(line)
                    continue
                return line
        return None

    def _count(line: FileLine) -> None:
        done.count += 1
        done.bytes += line.size
        told("files", done.bytes, files.bytes)

    async def work() -> None:
        while (line := await following()) is not None:
            await _one(repository, line, store)
            _count(line)

    async with aclosing(lines), aclosing(there):  # type: ignore[type-var]  # a generator
        await together(*(work() for _ in range(AT_ONCE)))
    return done


async def _one(repository: Repository, line: FileLine, store: Blobs) -> None:
    async def ids() -> AsyncIterator[tuple[str, int]]:
        for id in line.pieces:
            yield id, 0

    try:
        async with aclosing(pieces_of(repository, ids(), ahead=1)) as pieces:  # type: ignore[type-var]  # a generator
            await store.put(line.key, pieces, content_type=line.content_type, size=line.size, sha256=line.sha256)
    except BlobDamaged as error:
        raise Damaged(f"the file {line.key} is not as the snapshot says: {error}") from None
    except Reject as error:
        raise Damaged(f"the snapshot has a file that no site has: {error}") from None


class _There:
    """What lies in the store already, walked through beside the snapshot's files: both come in order of keys."""

    def __init__(self, blobs: AsyncIterator[Blob]) -> None:
        self._blobs = blobs
        self._next: Blob | None = None
        self._begun = False

    async def has(self, line: FileLine) -> bool:
        while not self._begun or (self._next is not None and self._next.key < line.key):
            self._begun = True
            self._next = await anext(self._blobs, None)
        return self._next is not None and (self._next.key, self._next.size) == (line.key, line.size)

    async def aclose(self) -> None:
        if (close := getattr(self._blobs, "aclose", None)) is not None:
            await close()
