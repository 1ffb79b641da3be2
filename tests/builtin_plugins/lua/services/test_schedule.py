"""What plugins do at set times: each time is one run, whatever the number of processes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.lua.services.keeping import keeping
from tests.builtin_plugins.lua.services.machines import Here, Raised

from newel import SYSTEM
from newel.app import App
from newel.contracts.database import Database
from newel.contracts.jobs import Jobs
from newel.testing import FakeClock
from newel.testing.engines import LASTING, Engine
from newel_lua.faults import Away, Busy, LuaError
from newel_lua.model import Grants, Self
from newel_lua.modules.schedule import Planned
from newel_lua.schedules import LuaSchedule

MIDNIGHT = datetime(2030, 5, 1, tzinfo=UTC)


def schedule(**details: Any) -> LuaSchedule:
    return LuaSchedule.of(1, {"name": "s", **details})


def planned(name: str = "s", *, needs: frozenset[str] = frozenset({"schedule"}), **details: Any) -> Planned:
    plugin = Self(name="shop", version="1", grants=Grants(needs=needs))
    return Planned(plugin=plugin, schedule=LuaSchedule.of(1, {"name": name, **details}))


def times(one: LuaSchedule, since: datetime, hours: float, step: float = 60) -> list[str]:
    """When it is due, looked at each ``step`` seconds."""
    found, at = [], since
    while at < since + timedelta(hours=hours):
        after = at + timedelta(seconds=step)
        if one.due(at, after):
            found.append(after.strftime("%d %H:%M"))
        at = after
    return found


def test_intervals_are_counted_from_the_same_moment_everywhere() -> None:
    assert times(schedule(every=1200), MIDNIGHT, 1.01) == ["01 00:20", "01 00:40", "01 01:00"]
    assert times(schedule(every=60), MIDNIGHT + timedelta(seconds=7), 0.05) == ["01 00:01", "01 00:02", "01 00:03"]
    assert len(times(schedule(every=90), MIDNIGHT, 1)) == 40
    assert times(schedule(every=86400), MIDNIGHT - timedelta(hours=1), 2) == ["01 00:00"]


def test_cron_is_read_in_its_zone_and_through_changes_of_clocks() -> None:
    assert times(schedule(cron="30 1,2 * * *"), MIDNIGHT, 24) == ["01 01:30", "01 02:30"]
    assert times(schedule(cron="0 9 * * *", zone="Europe/Berlin"), MIDNIGHT, 24) == ["01 07:00"]
    spring = datetime(2030, 3, 30, 12, tzinfo=UTC)  # at 01:00 UTC on the 31st it is 03:00
    assert times(schedule(cron="30 2 * * *", zone="Europe/Berlin"), spring, 24) == ["31 01:00"]
    autumn = datetime(2030, 10, 26, 12, tzinfo=UTC)  # 02:30 comes twice
    assert times(schedule(cron="30 2 * * *", zone="Europe/Berlin"), autumn, 24) == ["27 00:30"]


def test_a_gap_is_one_time_however_long_it_was() -> None:
    for one in (schedule(every=60), schedule(cron="* * * * *")):
        assert one.due(MIDNIGHT, MIDNIGHT + timedelta(days=7))
        assert not one.due(MIDNIGHT, MIDNIGHT + timedelta(seconds=59))
        assert not one.due(MIDNIGHT, MIDNIGHT)


@pytest.mark.parametrize(
    "details",
    [
        {}, {"every": 59}, {"every": 60, "cron": "* * * * *"}, {"every": "60"}, {"every": True},
        {"every": float("nan")}, {"every": float("inf")},
        {"every": 1e9}, {"cron": "* * * *"}, {"cron": "99 * * * *"}, {"cron": "* * 31 2 *"},
        {"cron": "* * * * * *"}, {"cron": 5}, {"cron": "* * * * *", "zone": "Mars/Olympus"}, {"every": 60, "zone": 5},
        {"cron": "* * * * *", "zone": "../../etc/passwd"}, {"every": 60, "name": "A"}, {"every": 60, "name": None},
        {"every": 60, "name": "x" * 61}, {"every": 60, "name": "../x"},
    ],
)  # fmt: skip
def test_what_is_no_schedule_is_refused_whatever_the_machine_says(details: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="schedule"):
        LuaSchedule.of(1, {"name": "s", **details})


PLUGIN = """
schedule.every(300, function() end)
schedule.every("2h", function() end, { name = "tidy_up" })
schedule.cron("0 9 * * 1", function() end, { name = "news", zone = "Europe/Berlin" })
"""


def test_a_plugin_says_when() -> None:
    assert [(one["id"], one["details"]) for one in Here(PLUGIN, "schedule").registrations] == [
        (1, {"name": "schedule-1", "every": 300}),
        (2, {"name": "tidy_up", "every": 7200}),
        (3, {"name": "news", "cron": "0 9 * * 1", "zone": "Europe/Berlin"}),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "schedule.every()", "schedule.every(59, f)", 'schedule.every("59s", f)', 'schedule.every("5 minutes", f)',
        "schedule.every(60)", "schedule.every(60.5, f)", "schedule.every(0/0, f)", "schedule.every(math.huge, f)",
        "schedule.cron(5, f)", 'schedule.cron("* * * * *")', 'schedule.cron("* * * * *", f, {zone = 5})',
        'schedule.every(60, f, {name = "A"})',
        'schedule.every(60, f, {name = "a"}) schedule.every(60, f, {name = "a"})',
        "for i = 1, 21 do schedule.every(60, f) end",
    ],
)  # fmt: skip
def test_mistakes_raise_with_their_line(line: str) -> None:
    with pytest.raises(Raised, match=r"init\.lua:2: schedule\."):
        Here(f"local f = function() end\n{line}", "schedule")


def job(rows: list[Any]) -> list[tuple[str, str]]:
    return [(row["state"], row["error"] or "") for row in rows]


async def runs(app: App) -> list[Any]:
    statement = "SELECT state, error FROM jobs_queue WHERE kind = 'lua.run' ORDER BY id"
    return list(await app.need(Database).fetch_all(statement))


async def minutes(app: App, clock: FakeClock, count: int, step: float = 60) -> None:
    for _ in range(count):
        await clock.jump(step)
        await app.need(Jobs).settle()


pytestmark = pytest.mark.needs_plugin("jobs")


@pytest.mark.fresh
async def test_each_time_is_run_once_and_only_while_it_is_approved(engine: Engine) -> None:
    clock = FakeClock(MIDNIGHT)
    async with keeping(clock, "jobs") as (app, host):
        await app.need(Jobs).settle()
        host.plan.all = [
            planned("often", every=120),
            planned("rare", every=300),
            planned("no", needs=frozenset(), every=60),
        ]
        await minutes(app, clock, 10)
        assert sorted(host.plan.ran) == ["shop/often"] * 5 + ["shop/rare"] * 2
        host.plan.all = []
        await minutes(app, clock, 3)
        assert len(host.plan.ran) == 7


@pytest.mark.fresh
async def test_what_passed_while_nobody_ran_is_caught_up_with_once(engine: Engine, tmp_path: Path) -> None:
    clock = FakeClock(MIDNIGHT)

    async def some(count: int) -> list[str]:
        async with keeping(clock, "jobs", config=LASTING, folder=tmp_path) as (app, host):
            host.plan.all = [planned("often", every=120), planned("daily", cron="30 3 * * *")]
            await app.need(Jobs).settle()
            await minutes(app, clock, count)
            return host.plan.ran

    assert await some(2) == ["shop/often"]
    await clock.jump(5 * 3600)
    assert sorted(await some(0)) == ["shop/daily", "shop/often"]


@pytest.mark.fresh
async def test_processes_share_the_times(engine: Engine, tmp_path: Path) -> None:
    clock = FakeClock(MIDNIGHT)
    details: dict[str, Any] = {"config": LASTING, "folder": tmp_path}
    async with keeping(clock, "jobs", **details) as (one, host), keeping(clock, "jobs", **details) as (other, second):
        host.plan.all = second.plan.all = [planned("often", every=60)]
        await one.need(Jobs).settle()
        for _ in range(5):
            await clock.jump(60)
            await asyncio.gather(one.need(Jobs).settle(), other.need(Jobs).settle())
        assert len(host.plan.ran) + len(second.plan.ran) == 5


@pytest.mark.engines("sqlite")
async def test_a_plugin_that_fails_is_told_of_and_waits_for_its_next_time(engine: Engine) -> None:
    clock = FakeClock(MIDNIGHT)
    async with keeping(clock, "jobs") as (app, host):
        await app.need(Jobs).settle()
        host.plan.all = [planned("often", every=120)]
        host.plan.fails = LuaError("init.lua:3: secret words")
        await minutes(app, clock, 2)
        assert host.plan.ran == ["shop/often"]
        ((state, error),) = job(await runs(app))
        assert state == "dead"
        assert "init.lua:3" in error
        host.plan.fails = None
        await minutes(app, clock, 2)
        assert host.plan.ran == ["shop/often"] * 2


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("failure", [Away("gone"), Busy("all its calls are in use")])
async def test_a_plugin_that_is_away_is_called_again_soon(engine: Engine, failure: Exception) -> None:
    clock = FakeClock(MIDNIGHT)
    async with keeping(clock, "jobs") as (app, host):
        await app.need(Jobs).settle()
        host.plan.all = [planned("often", every=3600)]
        host.plan.fails = failure
        await minutes(app, clock, 60)
        tried = len(host.plan.ran)
        assert tried >= 1
        host.plan.fails = None
        await minutes(app, clock, 2, 30)
        assert len(host.plan.ran) == tried + 1
        assert [state for state, _ in job(await runs(app))] == ["done"]


@pytest.mark.engines("sqlite")
async def test_a_process_without_its_plugins_leaves_the_times_to_others(engine: Engine) -> None:
    clock = FakeClock(MIDNIGHT)
    async with keeping(clock, "jobs") as (app, host):
        await app.need(Jobs).settle()
        host.plan.all = None
        await minutes(app, clock, 2)
        host.plan.all = [planned("often", every=60)]
        await minutes(app, clock, 3)
        assert "shop/often" in host.plan.ran


@pytest.mark.engines("sqlite")
async def test_a_run_whose_approval_was_taken_back_meanwhile_does_nothing(engine: Engine) -> None:
    clock = FakeClock(MIDNIGHT)
    async with keeping(clock, "jobs") as (app, host):
        host.plan.all = [planned("no", needs=frozenset(), every=60)]
        for name in ("no", "gone"):
            await app.need(Jobs).enqueue(app.call(SYSTEM, "test"), "lua.run", {"plugin": "shop", "schedule": name})
        await app.need(Jobs).settle()
        assert host.plan.ran == []
        assert [(state, "that is approved" in error) for state, error in job(await runs(app))] == [("dead", True)] * 2
