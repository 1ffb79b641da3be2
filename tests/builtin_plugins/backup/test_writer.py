"""Chunks on their way to a target: some at a time, and none after one failed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from newel.contracts.blobs import BlobsAway
from newel.testing.fake_blobs import FakeBlobs
from newel_backup.repo.cutter import PIECE
from newel_backup.repo.repository import Repository
from newel_backup.repo.streams import AT_ONCE, HELD, Writer

pytestmark = pytest.mark.engines()


class Slow(FakeBlobs):
    """A store that finishes a put of a chunk when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.under_way = self.most = self.ended = 0
        self.go = asyncio.Semaphore(0)
        self.changed = asyncio.Condition()
        self.fails = False

    async def put(self, key: str, pieces: AsyncIterator[bytes], **more: Any) -> Any:
        if not key.startswith("chunks/"):
            return await super().put(key, pieces, **more)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        async with self.changed:
            self.changed.notify_all()
        try:
            await self.go.acquire()
            if self.fails:
                self.fails = False
                raise BlobsAway("away")
            return await super().put(key, pieces, **more)
        finally:
            self.under_way -= 1
            self.ended += 1


async def until(blobs: Slow, count: int) -> None:
    """So many puts are under way."""
    async with asyncio.timeout(20), blobs.changed:
        await blobs.changed.wait_for(lambda: blobs.under_way >= count)


def pieces(size: int, count: int) -> list[bytes]:
    return [bytes([number]) * size for number in range(count)]


async def sent(writer: Writer, data: list[bytes]) -> None:
    for one in data:
        await writer.put(one)


async def test_no_more_is_under_way_than_memory_is_meant_for() -> None:
    assert PIECE * AT_ONCE <= HELD
    blobs = Slow()
    repository = await Repository.create(blobs, None)
    heard: list[int] = []
    async with Writer(repository, set(), heard.append) as writer:
        sending = [asyncio.create_task(sent(writer, pieces(1000 + place, 20))) for place in range(3)]
        await until(blobs, AT_ONCE)
        for _ in range(60):
            blobs.go.release()
        await asyncio.gather(*sending)
        async with asyncio.timeout(20):
            await writer.put(b"another")
            blobs.go.release()
    assert blobs.most == AT_ONCE
    assert (writer.counted.new, writer.counted.chunks, len(heard)) == (61, 61, 61)
    assert writer.counted.added == sum(one.blob.size for key, one in blobs.kept.items() if key.startswith("chunks/"))


async def test_large_chunks_are_fewer_at_a_time() -> None:
    blobs = Slow()
    repository = await Repository.create(blobs, None)
    async with Writer(repository, set()) as writer:
        sending = asyncio.create_task(sent(writer, pieces(HELD // 2 - 1, 3)))
        await until(blobs, 2)
        assert not sending.done()
        for _ in range(3):
            blobs.go.release()
        await sending
    assert blobs.most == 2


async def test_one_that_fails_ends_the_others_at_once_and_is_what_everybody_is_told() -> None:
    blobs = Slow()
    repository = await Repository.create(blobs, None)

    async def work() -> None:
        async with Writer(repository, set()) as writer:
            sending = [asyncio.create_task(sent(writer, pieces(1000 + place, AT_ONCE))) for place in range(3)]
            await until(blobs, AT_ONCE)
            blobs.fails = True
            blobs.go.release()
            told = await asyncio.gather(*sending, return_exceptions=True)
            assert [type(one) for one in told] == [BlobsAway] * 3

    with pytest.raises(BlobsAway):
        await work()
    assert (blobs.under_way, blobs.ended) == (0, AT_ONCE)
    assert not [key for key in blobs.kept if key.startswith("chunks/")]


async def test_a_block_that_fails_or_is_cancelled_leaves_nothing_under_way() -> None:
    blobs = Slow()
    repository = await Repository.create(blobs, None)

    async def work(broken: bool) -> None:
        async with Writer(repository, set()) as writer:
            await sent(writer, pieces(1000, 2))
            await until(blobs, 2)
            if broken:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await work(broken=True)
    assert blobs.under_way == 0
    working = asyncio.create_task(work(broken=False))
    await until(blobs, 2)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert blobs.under_way == 0
