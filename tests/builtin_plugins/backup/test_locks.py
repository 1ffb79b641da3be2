"""Locks on a repository: who takes away is alone, and who lost his lock does nothing more."""

from __future__ import annotations

import asyncio

import pytest

from newel.contracts.blobs import BlobsAway
from newel.testing import FakeClock
from newel.testing.fake_blobs import FakeBlobs
from newel_backup.repo import locks
from newel_backup.repo.faults import Locked
from newel_backup.repo.repository import Repository

pytestmark = pytest.mark.engines()
MINUTE = 60.0


class Failing(FakeBlobs):
    """A store that is away while it is told to be."""

    away = False

    async def put(self, *given: object, **more: object) -> object:  # type: ignore[override]  # passed on as they are
        if self.away:
            raise BlobsAway("away")
        return await super().put(*given, **more)  # type: ignore[arg-type]  # passed on as they are

    async def delete(self, *keys: str) -> None:
        if self.away:
            raise BlobsAway("away")
        await super().delete(*keys)


@pytest.fixture
def blobs() -> Failing:
    return Failing()


async def test_who_takes_away_is_alone_and_who_adds_is_not(blobs: Failing) -> None:
    repository, clock = await Repository.create(blobs, None), FakeClock()
    async with locks.held(repository, clock, "backup"), locks.held(repository, clock, "backup"):
        with pytest.raises(Locked, match="backup"):
            async with locks.held(repository, clock, "prune", exclusive=True):
                pytest.fail("two at once")
    async with locks.held(repository, clock, "prune", exclusive=True) as mine:
        for exclusive in (False, True):
            with pytest.raises(Locked, match="newel backup unlock"):
                async with locks.held(repository, clock, "backup", exclusive=exclusive):
                    pytest.fail("two at once")
        await mine.still()
        await blobs.delete(f"locks/{mine.lock.id}")
        with pytest.raises(Locked, match="lost"):
            await mine.still()
    assert await locks.locks(repository) == []


async def test_a_lock_of_somebody_dead_runs_out(blobs: Failing) -> None:
    repository, clock = await Repository.create(blobs, None), FakeClock()
    async with locks.held(repository, clock, "backup") as left:
        await locks.write(repository, left.lock)
    await locks.write(repository, left.lock)
    with pytest.raises(Locked):
        async with locks.held(repository, clock, "prune", exclusive=True):
            pytest.fail("two at once")
    await clock.advance(31 * 60)
    async with locks.held(repository, clock, "prune", exclusive=True):
        pass


async def settled() -> None:
    """What was woken has run, threads included."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_lock_is_renewed_for_as_long_as_it_takes(blobs: Failing) -> None:
    repository, clock = await Repository.create(blobs, None), FakeClock()
    async with locks.held(repository, clock, "backup") as mine:
        for _ in range(12):
            await clock.advance(5 * MINUTE)
            await settled()
        await mine.still()
        with pytest.raises(Locked):
            async with locks.held(repository, clock, "prune", exclusive=True):
                pytest.fail("two at once")
        blobs.away = True
        for _ in range(3):
            await clock.advance(5 * MINUTE)
            await settled()
        blobs.away = False
        for _ in range(6):
            await clock.advance(5 * MINUTE)
            await settled()
        await mine.still()


async def test_a_lock_that_ran_out_or_was_removed_does_not_come_back(blobs: Failing) -> None:
    repository, clock = await Repository.create(blobs, None), FakeClock()
    async with locks.held(repository, clock, "backup") as asleep:
        await clock.jump(31 * MINUTE)
        await settled()
        async with locks.held(repository, clock, "prune", exclusive=True):
            pass
        with pytest.raises(Locked, match="lost"):
            await asleep.still()
    async with locks.held(repository, clock, "backup") as removed:
        await blobs.delete(f"locks/{removed.lock.id}")
        await clock.advance(5 * MINUTE)
        await settled()
        assert await locks.locks(repository) == []
        with pytest.raises(Locked, match="lost"):
            await removed.still()


async def test_what_is_done_is_done_where_the_lock_cannot_be_removed(blobs: Failing) -> None:
    repository, clock = await Repository.create(blobs, None), FakeClock()
    async with locks.held(repository, clock, "backup"):
        blobs.away = True
    assert len(await locks.locks(repository)) == 1
