"""Several applications on one database, as several processes: everything once, whatever their clocks say."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.builtin_plugins.jobs.hooks import ThingChange
from tests.builtin_plugins.jobs.site import LISTENS, OTHER, PLUGINS, change, kind, run, site, work
from tests.kernel.plugins import plugin

from newel.app import App
from newel.context import SYSTEM
from newel.contracts.database import Database
from newel.contracts.jobs import JobRun, Jobs, Schedule
from newel.testing import FakeClock

SEED = 20_300_117
SKEWS = (-30.0, 0.0, 30.0)


class Skewed:
    """A node's own clock, that is wrong by so many seconds."""

    def __init__(self, true: FakeClock, seconds: float) -> None:
        self._true = true
        self._by = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return self._true.now() + self._by

    def monotonic(self) -> float:
        return self._true.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._true.sleep(seconds)


@asynccontextmanager
async def nodes(true: FakeClock, folder: Path, *listeners: Any, **details: Any) -> AsyncIterator[list[App]]:
    """Three nodes with wrong clocks on one engine whose clock is right."""

    class Engine:
        app: App

        @asynccontextmanager
        async def running(self) -> AsyncIterator[None]:
            async def now() -> datetime:
                return true.now()

            self.app.need(Database).now = now  # type: ignore[method-assign]  # SQLite would take the node's own clock
            yield

    plugins = [*PLUGINS[:1], plugin("clock", Engine, needs=(Database,)), *PLUGINS[1:]]
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                site(*listeners, clock=Skewed(true, skew), folder=folder, several=True, plugins=plugins, **details)
            )
            for skew in SKEWS
        ]


async def until_quiet(apps: list[App]) -> None:
    """All of them work at once, for as long as any of them finds something."""
    await asyncio.gather(*(work(app) for app in apps))
    await asyncio.gather(*(work(app) for app in apps))


async def test_three_nodes_with_wrong_clocks_share_300_jobs_once(tmp_path: Path) -> None:
    print("seed", SEED)
    dice = random.Random(SEED)
    done: list[tuple[int, int]] = []

    async def note(job: JobRun) -> None:
        for _ in range(dice.randrange(3)):
            await asyncio.sleep(0)
        done.append((job.payload["number"], job.attempt))

    true = FakeClock()
    async with nodes(true, tmp_path, kinds=[kind("t.work", note)]) as apps:
        for number in range(300):
            app = dice.choice(apps)
            due = true.now() + timedelta(seconds=dice.choice((0, 0, 0, 20)))
            await app.need(Jobs).enqueue(app.call(SYSTEM, "test"), "t.work", {"number": number}, due=due)
        await until_quiet(apps)
        early = len(done)
        assert 150 < early < 300, "what is due in 20 s waits, also where the clock is 30 s ahead"
        await true.advance(20)
        await until_quiet(apps)
        assert sorted(done) == [(number, 1) for number in range(300)]
        shares = [app.plugins["jobs"].workers.outcomes["done"] for app in apps]  # type: ignore[attr-defined]  # who did what
        assert sum(shares) == 300
        print("shares", shares)


async def test_three_nodes_with_wrong_clocks_keep_each_time_of_50_schedules_once(tmp_path: Path) -> None:
    print("seed", SEED)
    dice = random.Random(SEED)
    done: Counter[str] = Counter()
    true = FakeClock()
    schedules = [
        Schedule(name=f"t.s{number}", cron=f"{dice.randrange(60)} */{dice.choice((1, 2))} * * *", kind="t.work",
                 payload={"name": f"t.s{number}"})
        for number in range(50)
    ]  # fmt: skip

    async def note(job: JobRun) -> None:
        done[job.payload["name"]] += 1

    async with nodes(true, tmp_path, kinds=[kind("t.work", note)], schedules=schedules) as apps:
        await until_quiet(apps)
        for _ in range(16):
            await true.advance(900)
            await until_quiet(apps)
        ours = [one for one in apps[0].plugins["jobs"].ticking.lines if one.schedule.kind == "t.work"]  # type: ignore[attr-defined]  # how often each was to come
        start = datetime.fromisoformat("2030-01-01T00:00:00+00:00")
        wanted = {line.schedule.name: len(line.cron.last(start, true.now(), 1000)) for line in ours}
        assert dict(done) == {name: count for name, count in wanted.items() if count}
        rows = await apps[0].need(Database).fetch_all("SELECT due_at, created_at FROM jobs_queue WHERE kind = 't.work'")
        late = [
            (datetime.fromisoformat(row["created_at"]) - datetime.fromisoformat(row["due_at"])).total_seconds()
            for row in rows
        ]
        assert min(late) >= 0
        assert max(late) < 900, "in the first turn after its time"


async def test_three_nodes_tell_each_event_once_and_each_entitys_in_order(tmp_path: Path) -> None:
    """Failures are random; each node notes what it was told in one list."""
    print("seed", SEED)
    dice = random.Random(SEED)
    heard: list[tuple[str, str, int]] = []
    true = FakeClock()
    async with nodes(true, tmp_path, LISTENS, OTHER, config={"jobs": {"event_attempts": 100}}) as apps:
        for app in apps:
            for name in ("listens", "other"):

                async def uncertain(change: ThingChange, name: str = name) -> None:
                    for _ in range(dice.randrange(4)):
                        await asyncio.sleep(0)
                    if dice.random() < 0.3:
                        raise RuntimeError("not this time")
                    heard.append((name, change.id, change.number))

                app.plugins[name].fails = uncertain  # type: ignore[attr-defined]  # the test's own plugin
        for number in range(100):
            await change(dice.choice(apps), f"e{dice.randrange(6)}", number=number)
        for _ in range(300):
            await until_quiet(apps)
            if not await apps[0].need(Database).fetch_all("SELECT seq FROM jobs_events"):
                break
            await true.advance(dice.uniform(1, 300))
        for name in ("listens", "other"):
            assert sorted(number for one, _, number in heard if one == name) == list(range(100))
            for entity in range(6):
                numbers = [number for one, id, number in heard if (one, id) == (name, f"e{entity}")]
                assert numbers == sorted(numbers)


async def test_work_of_a_lost_node_is_taken_over_when_its_lease_has_run_out(tmp_path: Path) -> None:
    """It stops in the middle, without a goodbye; its clock being wrong moves nothing."""
    true = FakeClock()
    attempts: list[int] = []
    begun = asyncio.Event()

    async def once(job: JobRun) -> str:
        attempts.append(job.attempt)
        if job.attempt == 1:
            begun.set()
            await asyncio.Event().wait()
        return "well"

    async def hang(change: ThingChange) -> None:
        await asyncio.Event().wait()

    config = {"jobs": {"stop_seconds": 0.0}}
    async with nodes(true, tmp_path, LISTENS, kinds=[kind("t.work", once)], config=config) as (lost, other, third):
        await change(lost, "a", number=1)
        id = await change(lost, job="t.work")
        lost.plugins["listens"].fails = hang  # type: ignore[attr-defined]  # the test's own plugin
        jobs = lost.plugins["jobs"]
        await jobs.workers.fill()  # type: ignore[attr-defined]  # a turn, as at the next poll
        await jobs.delivery.fill()  # type: ignore[attr-defined]  # likewise

        async def nothing() -> None:
            return None

        jobs.background._leases._turn = nothing  # type: ignore[attr-defined]  # it renews nothing any more
        await begun.wait()
        await true.advance(59)
        await until_quiet([other, third])
        assert attempts == [1]
        await true.advance(2)
        await until_quiet([other, third])
        assert attempts == [1, 2]
        job = await other.need(Jobs).get(id)
        assert (job.state, job.result) == ("done", "well")
        heard = [app.plugins["listens"].heard for app in (other, third)]  # type: ignore[attr-defined]  # the test's own plugin
        assert sorted(heard) == [[], [("a", 1)]]


async def test_a_lease_is_renewed_while_its_handler_runs(tmp_path: Path) -> None:
    true = FakeClock()
    begun, gate = asyncio.Event(), asyncio.Event()

    async def long(job: JobRun) -> int:
        begun.set()
        await gate.wait()
        return job.attempt

    async with nodes(true, tmp_path, kinds=[kind("t.work", long)]) as (first, other, _):
        id = await change(first, job="t.work")
        working = asyncio.create_task(work(first))
        await begun.wait()
        for _ in range(20):
            await true.advance(10)
            await first.plugins["jobs"].background._renew()  # type: ignore[attr-defined]  # as its task does, waited for
            await work(other)
        gate.set()
        await working
        assert (await other.need(Jobs).get(id)).result == 1


async def test_processes_tell_each_other_where_the_engine_can(clock: FakeClock) -> None:
    """The clock stands still, so nobody polls: what happens, happens by signals."""

    class Engine:
        app: App

        @asynccontextmanager
        async def running(self) -> AsyncIterator[None]:
            db: Any = self.app.need(Database)
            if not db.reaches_all:  # SQLite: its signals reach this process, which is all that this test needs
                db.reaches_all = True
            yield

    done = asyncio.Event()
    plugins = [*PLUGINS[:1], plugin("reaching", Engine, needs=(Database,)), *PLUGINS[1:]]
    kinds = [kind("t.work", lambda job: done.set())]
    details: dict[str, Any] = {"clock": clock, "plugins": plugins, "kinds": kinds, "serving": True}
    async with site(**details, config={"jobs": {"workers": 0}}) as app, app.need(Database).listen("jobs_work") as told:
        await app.need(Jobs).enqueue(app.call(SYSTEM, "test"), "t.work")
        async with asyncio.timeout(20):
            assert await anext(told) == ("jobs_work", "")
    async with site(**details) as app, asyncio.timeout(20):
        db = app.need(Database)
        async with db.transaction() as tx:  # nobody in this process is woken by its commit
            await app.need(Jobs).enqueue(app.call(SYSTEM, "test"), "t.work", tx=tx)
        while not done.is_set():
            await db.notify("jobs_work")
            await asyncio.sleep(0)


async def test_a_job_that_takes_its_process_down_each_time_is_dead_in_the_end(tmp_path: Path) -> None:
    true = FakeClock()
    async with nodes(true, tmp_path, kinds=[kind("t.work", lambda job: None, attempts=2)]) as (first, *_):
        id = await change(first, job="t.work")
        db = first.need(Database)
        for attempt in (1, 2):
            await db.execute(
                "UPDATE jobs_queue SET state = 'running', lease = 'gone', attempt = :attempt, "
                "leased_until = '2029-01-01T00:00:00.000Z'",
                {"attempt": attempt},
            )
            if attempt == 2:
                await work(first)
        job = await first.need(Jobs).get(id)
        assert (job.state, job.attempt, job.error) == ("dead", 2, "the process that did it was lost")
        await db.execute(
            "UPDATE jobs_queue SET state = 'running', attempt = 1, cancelling = 1, lease = 'x', leased_until = '2029'"
        )
        await work(first)
        assert (await run(first, "jobs.get", id=id)).state == "cancelled"
