"""A target with a limit is written to no faster than that, and read as fast as ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.backup.site import site
from tests.kernel.test_fake_blobs import TestFakeBlobs

from newel.clock import SystemClock
from newel.contracts.blobs import Blobs, Presigned
from newel.testing import FakeClock
from newel.testing.fake_blobs import FakeBlobs
from newel_backup.throttle import MBIT, Rate, Throttled


async def begun(*work: Coroutine[Any, Any, Any]) -> asyncio.Future[list[Any]]:
    """All of them wait for the clock now, or have ended."""
    doing = asyncio.gather(*work)
    for _ in range(10):
        await asyncio.sleep(0)
    return doing


async def one(data: bytes) -> AsyncIterator[bytes]:
    yield data


@pytest.mark.engines
async def test_what_is_put_at_once_shares_the_rate() -> None:
    clock, kept = FakeClock(), FakeBlobs()
    store: Blobs = Throttled(kept, Rate(8.0, clock))  # a million bytes a second
    puts = await begun(*(store.put(f"chunks/{number}", one(bytes(500_000))) for number in range(3)))
    assert len(kept.kept) == 1
    await clock.advance(0.5)
    assert len(kept.kept) == 2
    await clock.advance(0.5)
    await puts
    await clock.advance(100)  # what was not used is not saved up
    puts = await begun(*(store.put(f"more/{number}", one(bytes(500_000))) for number in range(3)))
    await clock.advance(0.6)
    assert sum(key.startswith("more/") for key in kept.kept) == 2
    await clock.advance(0.5)
    await puts


@pytest.mark.engines
async def test_parts_and_files_share_it_too(tmp_path: Path) -> None:
    clock = FakeClock()
    store = Throttled(FakeBlobs(), Rate(8.0, clock))
    upload = await store.multipart("large")
    parts = await begun(*(upload.put_part(n, one(bytes(500_000)), size=500_000) for n in (1, 2, 3)))
    await clock.advance(0.6)
    assert not parts.done()
    await clock.advance(0.5)
    assert (await upload.finish(await parts)).size == 1_500_000
    path = tmp_path / "file"
    path.write_bytes(b"x")
    await clock.advance(100)
    await store.put_file("file", path)
    assert (await store.head("file")).size == 1


async def test_the_setting_of_a_target_limits_backups_and_not_reading() -> None:
    clock = FakeClock()
    rate = 4000 / MBIT  # so many bytes a second
    targets = {"slow": {"url": "file:slow", "mbit_per_second": rate}, "fast": {"url": "file:fast"}}
    async with site(clock=clock, config={"backup": {"targets": targets}, "jobs": {"clock": "process"}}) as at:
        await at.filled(10)
        added = (await at.backup("fast")).added
        begun = clock.now()
        backup = asyncio.ensure_future(at.backup("slow"))
        while not backup.done():
            await clock.advance(0.1)
            await asyncio.sleep(0.001)  # threads work meanwhile
        snapshot = await backup
        assert snapshot.added == pytest.approx(added, rel=0.05)
        took = (clock.now() - begun).total_seconds()
        assert took >= added / 4000 - 1
        found = await at.work.verify("slow", share=1.0)  # nobody moves the clock
        assert found.ok


@pytest.mark.engines
class TestThrottled(TestFakeBlobs):
    """It is a store as any other."""

    @asynccontextmanager
    async def make(self, folder: Path, prefix: str) -> AsyncIterator[Blobs]:
        async with super().make(folder, prefix) as store:
            yield Throttled(store, Rate(1e9, SystemClock()))

    async def send(
        self, store: Blobs, presigned: Presigned, body: bytes = b"", **changed: str
    ) -> tuple[int, bytes, Mapping[str, str]]:
        assert isinstance(store, Throttled)
        return await super().send(store.within, presigned, body, **changed)


del TestFakeBlobs  # run in its own file
