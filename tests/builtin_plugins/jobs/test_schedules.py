"""Schedules: each time is one job, through downtime, changes and removals."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest
from tests.builtin_plugins.jobs.site import kind, run, site, work

from newel.app import App
from newel.contracts.database import Database
from newel.contracts.jobs import Jobs, Schedule
from newel.testing import FakeClock

DAY = 86_400


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def times(app: App, kind: str = "t.work") -> list[str]:
    """When the jobs of a kind were to be done, in order."""
    statement = "SELECT due_at FROM jobs_queue WHERE kind = :kind ORDER BY due_at"
    return [row["due_at"][5:16] for row in await app.need(Database).fetch_all(statement, {"kind": kind})]


def every(cron: str, **details: Any) -> Schedule:
    return Schedule(name="t.schedule", cron=cron, kind="t.work", **details)


async def test_a_schedule_begins_when_it_is_first_seen_and_each_time_is_one_job() -> None:
    clock = FakeClock(at("2030-05-01 00:30"))
    done: list[Any] = []
    kinds = [kind("t.work", lambda job: done.append((job.payload["x"], job.call.door, job.call.actor.kind)))]
    async with site(kinds=kinds, schedules=[every("0 * * * *", payload={"x": 1})], clock=clock) as app:
        await work(app)
        assert await times(app) == []
        for _ in range(13):
            await clock.advance(900)
            await work(app)
            await work(app)
        assert await times(app) == ["05-01T01:00", "05-01T02:00", "05-01T03:00"]
        assert done == [(1, "schedule", "system")] * 3


async def test_a_process_that_serves_keeps_its_times_by_itself() -> None:
    clock = FakeClock(at("2030-05-01 00:59:50"))
    async with site(
        kinds=[kind("t.work", lambda job: None)], schedules=[every("0 * * * *")], clock=clock, serving=True
    ) as app:
        ticking = app.plugins["jobs"].ticking  # type: ignore[attr-defined]  # to know when it has looked
        async with asyncio.timeout(30):  # of real time: the engine may be busy with others
            while not all(line.next for line in ticking.lines):  # noqa: ASYNC110 - a first look tells nobody
                await asyncio.sleep(0.001)
            for _ in range(30):
                await clock.advance(1)
                async with app.need(Database).transaction():  # behind whatever writes just now
                    pass
            while not await times(app):  # noqa: ASYNC110 - nor does a job that came
                await asyncio.sleep(0.001)
        assert await times(app) == ["05-01T01:00"]


@pytest.mark.parametrize(
    ("catch_up", "expected"),
    [
        ("skip", []),
        ("once", ["05-04T03:00"]),
        ("all", ["05-01T03:00", "05-02T03:00", "05-03T03:00", "05-04T03:00"]),
    ],
)
async def test_what_happens_to_times_while_nobody_ran(
    catch_up: Literal["skip", "once", "all"], expected: list[str], tmp_path: Path
) -> None:
    clock = FakeClock(at("2030-05-01 00:30"))
    details: dict[str, Any] = {
        "kinds": [kind("t.work", lambda job: None)], "schedules": [every("0 3 * * *", catch_up=catch_up)],
        "clock": clock, "folder": tmp_path,
    }  # fmt: skip
    async with site(**details) as app:
        await work(app)
    await clock.advance(3 * DAY + 5 * 3600)
    async with site(**details) as app:
        await work(app)
        assert await times(app) == expected
        await clock.advance(DAY - 2.5 * 3600)
        await work(app)
        assert await times(app) == [*expected, "05-05T03:00"], "and then on time"


async def test_a_fixed_time_over_the_change_of_clocks_is_done_once_a_day() -> None:
    for zone, begin in (("Europe/Berlin", "2030-03-30 00:00"), ("America/New_York", "2030-11-02 00:00")):
        clock = FakeClock(at(begin))
        schedules = [every("30 2 * * *", zone=zone) if zone == "Europe/Berlin" else every("30 1 * * *", zone=zone)]
        async with site(kinds=[kind("t.work", lambda job: None)], schedules=schedules, clock=clock) as app:
            await work(app)
            for _ in range(3 * 24 * 2):
                await clock.advance(1800)
                await work(app)
            found = await times(app)
        # Berlin: UTC+1, then the gap (02:30 is left out, 03:00 is 01:00 UTC), then UTC+2. New York: UTC-4, then UTC-5.
        assert found == (
            ["03-30T01:30", "03-31T01:00", "04-01T00:30"]
            if zone == "Europe/Berlin"
            else ["11-02T05:30", "11-03T05:30", "11-04T06:30"]
        )


async def test_a_changed_schedule_starts_at_once_and_catches_up_with_nothing(tmp_path: Path) -> None:
    clock = FakeClock(at("2030-05-01 00:30"))
    kinds = [kind("t.work", lambda job: None)]
    async with site(kinds=kinds, schedules=[every("0 3 * * *", catch_up="all")], clock=clock, folder=tmp_path) as app:
        await work(app)
    await clock.advance(2 * DAY)
    async with site(kinds=kinds, schedules=[every("0 * * * *", catch_up="all")], clock=clock, folder=tmp_path) as app:
        await work(app)
        assert await times(app) == []
        await clock.advance(3600)
        await work(app)
        assert await times(app) == ["05-03T01:00"]


async def test_two_definitions_at_once_share_the_times_that_both_name(tmp_path: Path) -> None:
    """As while a new version is rolled out: an old process and a new one, each with its own expression."""
    clock = FakeClock(at("2030-05-01 00:30"))
    kinds = [kind("t.work", lambda job: None)]
    async with (
        site(kinds=kinds, schedules=[every("0 * * * *")], clock=clock, folder=tmp_path, several=True) as old,
        site(kinds=kinds, schedules=[every("*/30 * * * *")], clock=clock, folder=tmp_path, several=True) as new,
    ):
        for app in (old, new):
            await work(app)
        for _ in range(4):
            await clock.advance(1800)
            for app in (old, new):
                await work(app)
        assert await times(old) == ["05-01T01:00", "05-01T01:30", "05-01T02:00", "05-01T02:30"]


async def test_a_removed_schedule_is_forgotten_while_the_site_runs_on(tmp_path: Path) -> None:
    clock = FakeClock(at("2030-05-01 00:30"))
    kinds = [kind("t.work", lambda job: None)]
    schedule = every("0 * * * *", catch_up="all")
    async with site(kinds=kinds, schedules=[schedule], clock=clock, folder=tmp_path) as app:
        await work(app)
    async with site(kinds=kinds, clock=clock, folder=tmp_path) as app:
        await clock.advance(2 * DAY)
        await work(app)  # which cleans as well
        rows = await app.need(Database).fetch_all("SELECT name FROM jobs_schedules")
        assert [row["name"] for row in rows] == ["jobs.clean"]
    async with site(kinds=kinds, schedules=[schedule], clock=clock, folder=tmp_path) as app:
        await work(app)
        assert await times(app) == []


async def test_the_list_of_schedules_says_when_they_come() -> None:
    clock = FakeClock(at("2030-05-01 00:30"))
    schedules = [every("0 3 * * *", zone="Europe/Berlin", catch_up="skip")]
    async with site(kinds=[kind("t.work", lambda job: None)], schedules=schedules, clock=clock) as app:
        found = await run(app, "jobs.schedules")
        assert [(one.name, one.next_at) for one in found] == [
            ("jobs.clean", "2030-05-01T01:23:00.000Z"),
            ("t.schedule", "2030-05-01T01:00:00.000Z"),
        ]


async def test_jitter_defers_each_time_by_less_than_it_and_alike_everywhere(tmp_path: Path) -> None:
    seen = []
    for folder in ("a", "b"):
        clock = FakeClock(at("2030-05-01 00:30"))
        schedules = [every("0 * * * *", catch_up="all", jitter=600)]
        (tmp_path / folder).mkdir()
        kinds = [kind("t.work", lambda job: None)]
        async with site(kinds=kinds, schedules=schedules, clock=clock, folder=tmp_path / folder) as app:
            assert app.need(Jobs).next_at("t.schedule") == "2030-05-01T01:00:00.000Z"
            assert app.need(Jobs).next_at("t.other") is None
            await work(app)
            await clock.jump(4 * 3600)
            await work(app)
            statement = "SELECT due_at FROM jobs_queue WHERE kind = 't.work' ORDER BY due_at"
            seen.append([row["due_at"] for row in await app.need(Database).fetch_all(statement)])
    assert seen[0] == seen[1]
    late = [datetime.fromisoformat(one) - at(f"2030-05-01 0{hour}:00") for hour, one in enumerate(seen[0], 1)]
    assert len(set(late)) == 4
    assert all(0 <= one.total_seconds() < 600 for one in late)
