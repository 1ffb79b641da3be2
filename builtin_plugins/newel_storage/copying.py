"""All files from one store to another: two listings side by side, so that what is there is known without asking."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable

from attrs import define, field

from newel.contracts.blobs import Blob, Blobs
from newel.errors import NotFound

Tell = Callable[[int], None]
"""Told how many bytes have just been dealt with."""


@define
class Copied:
    """What was done. Numbers are of files, but for ``bytes``, which went over."""

    copied: int = 0
    skipped: int = 0
    bytes: int = 0
    verified: int = 0
    repaired: int = 0
    """There with its size but other content, and copied anew."""
    gone: int = 0
    """Deleted in the source while it was copied."""
    differing: list[str] = field(factory=list)
    """Keys that are other ones in the target, whatever was tried."""


async def measured(store: Blobs) -> int:
    """Bytes of all files."""
    total = 0
    async for blob in store.list():
        total += blob.size
    return total


class Copying:
    """One copy."""

    def __init__(self, source: Blobs, target: Blobs, tell: Tell, *, verify: bool, at_once: int) -> None:
        self._source = source
        self._target = target
        self._tell = tell
        self._verify = verify
        self._at_once = at_once
        self._done = Copied()

    async def run(self) -> Copied:
        """Raises what a store raises; what went over until then stays."""
        under_way: set[asyncio.Task[None]] = set()
        try:
            async for blob, there in side_by_side(self._source.list(), self._target.list()):
                if len(under_way) >= self._at_once:
                    done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        task.result()
                under_way.add(asyncio.create_task(self._one(blob, there)))
            await asyncio.gather(*under_way)
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
        self._done.differing.sort()
        return self._done

    async def _one(self, blob: Blob, there: Blob | None) -> None:
        try:
            await self._handled(blob, there)
        except NotFound:
            self._done.gone += 1
        self._tell(blob.size)

    async def _handled(self, blob: Blob, there: Blob | None) -> None:
        if there is not None and there.size == blob.size:
            self._done.skipped += 1
            if not self._verify:
                return
            if await _hash(self._source, blob.key) == await _hash(self._target, blob.key):
                self._done.verified += 1
                return
            self._done.skipped -= 1
            self._done.repaired += 1
        went = await self._copied(blob.key)
        if self._verify:
            self._done.verified += 1
            if await _hash(self._target, blob.key) != went:
                self._done.differing.append(blob.key)

    async def _copied(self, key: str) -> str:
        """Copies one file, and answers the hash of what was read."""
        came = hashlib.sha256()
        async with self._source.get(key) as read:

            async def pieces() -> AsyncIterator[bytes]:
                async for piece in read.pieces:
                    came.update(piece)
                    yield piece

            blob = read.blob
            await self._target.put(key, pieces(), content_type=blob.content_type, size=blob.size)
        self._done.copied += 1
        self._done.bytes += blob.size
        return came.hexdigest()


async def side_by_side(
    source: AsyncIterator[Blob], target: AsyncIterator[Blob]
) -> AsyncIterator[tuple[Blob, Blob | None]]:
    """Each blob of the source, with the target's of the same key."""
    there = await anext(target, None)
    async for blob in source:
        while there is not None and there.key < blob.key:
            there = await anext(target, None)
        yield blob, there if there is not None and there.key == blob.key else None


async def _hash(store: Blobs, key: str) -> str:
    came = hashlib.sha256()
    async with store.get(key) as read:
        async for piece in read.pieces:
            came.update(piece)
    return came.hexdigest()
