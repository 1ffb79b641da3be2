"""A target that goes away in the middle: a clear error and no snapshot, and the next run goes on with what is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.backup.site import Site, site
from tests.s3 import Bucket

from newel.contracts.blobs import Blobs, BlobsAway
from newel_backup.repo.manifest import Snapshot
from newel_backup.repo.streams import AT_ONCE
from newel_backup.targets import Targets

Happening = Callable[[], Awaitable[None]]


class Watched:
    """A store, and what happens before its put of a chunk with that number (from 1)."""

    def __init__(self, store: Blobs, number: int, happening: Happening) -> None:
        self._store = store
        self._left = number
        self._happening = happening

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def put(self, key: str, pieces: AsyncIterator[bytes], **more: Any) -> Any:
        if key.startswith("chunks/"):
            self._left -= 1
            if self._left == 0:
                await self._happening()
        return await self._store.put(key, pieces, **more)


def watch(patch: pytest.MonkeyPatch, number: int, happening: Happening) -> None:
    store = Targets.store

    @asynccontextmanager
    async def opened(self: Targets, name: str) -> AsyncIterator[Any]:
        async with store(self, name) as found:
            yield Watched(found, number, happening)

    patch.setattr(Targets, "store", opened)


async def test_what_was_written_before_it_went_away_is_used_by_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone() -> None:
        raise BlobsAway("the store of files cannot be reached")

    async with site() as at:
        await at.filled(4)
        with monkeypatch.context() as patch:
            watch(patch, 10, gone)
            with pytest.raises(BlobsAway):
                await at.backup()
        assert await at.work.snapshots("local") == []
        left = (await at.work.verify("local", share=1.0)).chunks
        # What a thread has begun to put on its place arrives, whoever is cancelled; nothing is begun after it.
        assert 10 - AT_ONCE <= left < 9 + AT_ONCE, "the first that fails ends those that are under way"
        snapshot = await at.backup()
        assert snapshot.new_chunks > AT_ONCE
        found = await at.work.verify("local", share=1.0)
        assert (found.ok, found.unused, found.chunks) == (True, 0, left + snapshot.new_chunks)


async def _snapshots(at: Site) -> list[Snapshot]:
    """What is there when the server is ready: it listens before it can read, and gives no other sign."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await at.work.snapshots("s3")
            except BlobsAway:
                await asyncio.sleep(0.05)


@pytest.mark.slow
@pytest.mark.may_block  # a server that starts gives no sign to wait for
@pytest.mark.engines("sqlite")  # what is another here is the target
async def test_a_server_that_is_stopped(tmp_path: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {f"blobs_s3.{name}": str(value) for name, value in bucket.section(attempts=2).items()}
    targets = {"s3": {"url": bucket.url(tmp_path), "settings": settings}}

    async def stop() -> None:
        await asyncio.to_thread(bucket.server.kill)

    async with site("blobs_s3", config={"backup": {"targets": targets}}) as at:
        await at.filled(4)
        try:
            with monkeypatch.context() as patch:
                watch(patch, 10, stop)
                with pytest.raises(BlobsAway, match="cannot be reached"):
                    await at.backup("s3")
            notes = await at.work.known.notes()
            assert "cannot be reached" in notes["failed:s3"]
            with pytest.raises(BlobsAway):
                await at.backup("s3")
        finally:
            await asyncio.to_thread(bucket.server.start)
        assert await _snapshots(at) == []
        snapshot = await at.backup("s3")
        found = await at.work.verify("s3", share=1.0)
        assert (found.ok, found.unused, found.whole) == (True, 0, (snapshot.id,))
        assert found.chunks > snapshot.new_chunks
