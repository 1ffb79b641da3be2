"""Retention: what is kept, why, and that nothing that is needed goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.builtin_plugins.backup.site import Site, site

from newel.errors import Conflict, NotFound
from newel.structure import rfc3339
from newel_backup.keeping.retention import Keep, kept
from newel_backup.repo.faults import Locked
from newel_backup.repo.locks import held

pytestmark = pytest.mark.engines("sqlite")  # what is looked at is a repository, the same from every engine

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PDF = b"%PDF-1.7\n" + b"something " * 1000


def daily(days: int) -> list[tuple[str, str]]:
    """A snapshot each noon, the newest first."""
    return [(f"{day:03}", rfc3339(NOON - timedelta(days=day))) for day in range(days)]


@pytest.mark.engines
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Keep(), [f"{day:03}" for day in range(400)]),
        (Keep(last=3), ["000", "001", "002"]),
        (Keep(daily=2), ["000", "001"]),
        # 2026-03-01 is a Sunday: the newest of each week is the day before its Monday.
        (Keep(weekly=3), ["000", "007", "014"]),
        (Keep(monthly=3), ["000", "001", "029"]),
        (Keep(yearly=5), ["000", "060"]),
        (Keep(last=1, daily=2, monthly=2, yearly=2), ["000", "001", "060"]),
    ],
)
def test_the_newest_of_each_period_stays(rule: Keep, expected: list[str]) -> None:
    assert sorted(kept(daily(400), rule)) == expected


@pytest.mark.engines
def test_days_begin_where_the_schedule_is_and_periods_without_a_snapshot_do_not_count() -> None:
    late = [("b", "2026-03-01T23:30:00.000Z"), ("a", "2026-03-01T22:30:00.000Z")]
    assert sorted(kept(late, Keep(daily=5))) == ["b"]
    assert sorted(kept(late, Keep(daily=5), "Europe/Berlin")) == ["a", "b"]
    gaps = [("c", "2026-03-01T00:00:00.000Z"), ("b", "2026-01-05T00:00:00.000Z"), ("a", "2025-06-05T00:00:00.000Z")]
    assert kept(gaps, Keep(daily=2)) == {"c": ["daily 2026-03-01"], "b": ["daily 2026-01-05"]}


async def pruned(at: Site, **keep: int) -> tuple[int, int]:
    found = await at.work.prune("local", keep)
    return found.removed, found.chunks


async def test_what_goes_is_what_no_snapshot_needs_and_the_rest_is_whole() -> None:
    async with site() as at:
        await at.filled(4)
        stored = await at.file("a.pdf", PDF)
        first = await at.backup()
        await at.run("media.delete", id=stored.id)
        second = await at.backup()
        third = await at.backup()
        plan = await at.work.prune("local", {"last": 1}, dry_run=True)
        assert [(one.id, one.keep, one.why) for one in plan.snapshots] == [
            (first.id, False, ()), (second.id, False, ()), (third.id, True, ("last",)),
        ]  # fmt: skip
        assert len(await at.work.snapshots("local")) == 3
        found = await at.work.prune("local", {"last": 1})
        assert (found.removed, found.chunks, found.bytes) == (plan.removed, plan.chunks, plan.bytes)
        assert found.chunks >= 1
        assert [one.id for one in await at.work.snapshots("local")] == [third.id]
        checked = await at.work.verify("local", share=1.0)
        assert (checked.ok, checked.unused, checked.whole) == (True, 0, (third.id,))
        assert [row["id"] for row in await at.work.known.snapshots("local")] == [third.id]
        assert await pruned(at, last=1) == (0, 0)
        assert await pruned(at) == (0, 0)


async def test_another_sites_snapshots_stay() -> None:
    async with site() as at:
        ours = await at.backup()
        await at.work.known.rename("01M00000000000000000000000")
        theirs = await at.backup()
        found = await at.work.prune("local", {"last": 1})
        assert {one.id: one.why for one in found.snapshots} == {ours.id: ("another site's",), theirs.id: ("last",)}


async def test_nothing_goes_while_somebody_adds_or_where_a_manifest_cannot_be_read() -> None:
    async with site() as at:
        first = await at.backup()
        await at.backup()
        async with at.repository() as repository, held(repository, at.app.clock, "backup"):
            with pytest.raises(Locked):
                await at.work.prune("local", {"last": 1})
        (broken,) = (at.app.folder / "backups" / "snapshots").glob(f"{first.id.lower()}-*")
        broken.write_bytes(broken.read_bytes()[:-1])
        with pytest.raises(Conflict, match=f"newel backup prune --forget {first.id}"):
            await at.work.prune("local", {"last": 1})
        assert (await at.work.verify("local", share=1.0)).problem_count == 1
        with pytest.raises(NotFound, match="newel backup list"):
            await at.work.prune("local", {}, forget=["01M00000000000000000000000"])
        assert (await at.work.prune("local", {}, forget=[first.id])).removed == 1
        assert (await at.work.verify("local", share=1.0)).ok
