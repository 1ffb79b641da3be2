"""The outbox: what is told, to whom, in which order, and what becomes of failures."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from tests.builtin_plugins.jobs import hooks
from tests.builtin_plugins.jobs.hooks import ThingChange
from tests.builtin_plugins.jobs.site import LISTENS, OTHER, change, effect_once, effects, run, site, work

from newel import NotFound, Reject
from newel.app import App
from newel.contracts.database import Database
from newel.errors import BootError
from newel.testing import FakeClock, actor

SEED = 20_300_101


def listener(app: App, name: str = "listens") -> Any:
    return app.plugins[name]


async def rows(app: App) -> list[dict[str, Any]]:
    return [dict(row) for row in await app.need(Database).fetch_all("SELECT * FROM jobs_events ORDER BY seq")]


async def test_events_are_told_after_the_commit_and_never_without_it() -> None:
    async with site(LISTENS) as app:
        await change(app, "a", "b", number=1, name="x")
        with pytest.raises(Reject):
            await change(app, "c", fails=True)
        assert listener(app).heard == []
        await app.settle()
        assert sorted(listener(app).heard) == [("a", 1), ("b", 1)]
        assert listener(app).names == ["x"]
        assert await rows(app) == []


async def test_each_plugin_has_a_row_of_its_own_and_nobody_listening_means_no_row() -> None:
    async with site() as app:
        await change(app, "a")
        assert await rows(app) == []
    async with site(LISTENS, OTHER) as app:
        await change(app, "a")
        found = await rows(app)
        assert [row["plugin"] for row in found] == ["listens", "other"]
        assert len({row["event"] for row in found}) == 1


async def test_a_call_travels_along_and_secrets_do_not(clock: FakeClock) -> None:
    async with site(LISTENS, clock=clock) as app:
        who = evolve(actor("ann", "things.write"), credential="01SESSION", roles=("editor",))
        call = app.call(who, "http", ip="192.0.2.7", locale="de", idempotency_key="key-1")
        await app.operations.run("things.change", {"ids": ["a"]}, call)
        assert "canary-77" not in repr(await rows(app))
        assert "key-1" not in repr(await rows(app))
        clock._now = clock._start  # the time of the act, not of the telling, is in the call
        await app.settle()
        told = listener(app).calls[0]
        assert (told.actor, told.door, told.ip, told.locale) == (who, "http", "192.0.2.7", "de")
        assert (told.request_id, told.now, told.work, told.idempotency_key) == (call.request_id, call.now, None, None)
        assert len(told.event) == 26
        assert listener(app).subjects[0].secret.reveal() == "***"


async def test_events_of_one_entity_are_told_in_order_under_failures(clock: FakeClock) -> None:
    """Random failures, and tellings that take their time: each plugin hears each entity's changes in their order."""
    print("seed", SEED)
    dice = random.Random(SEED)
    config = {"jobs": {"event_attempts": 100, "deliveries": 5}}
    async with site(LISTENS, OTHER, clock=clock, config=config) as app:

        async def uncertain(change: ThingChange) -> None:
            for _ in range(dice.randrange(4)):
                await asyncio.sleep(0)
            if dice.random() < 0.4:
                raise RuntimeError("not this time")

        for name in ("listens", "other"):
            listener(app, name).fails = uncertain
        ids = [f"e{number}" for number in range(7)]
        for number in range(60):
            await change(app, dice.choice(ids), number=number)
            if dice.random() < 0.2:
                await work(app)
        for _ in range(400):
            await work(app)
            if not await rows(app):
                break
            await clock.advance(dice.uniform(1, 600))
        assert await rows(app) == []
        for name in ("listens", "other"):
            heard = listener(app, name).heard
            assert len(heard) == 60
            for id in ids:
                numbers = [number for one, number in heard if one == id]
                assert numbers == sorted(numbers), (name, id)


async def test_an_effect_that_goes_by_the_events_id_happens_once(clock: FakeClock) -> None:
    """The handler fails after its effect: it is told again with the same id."""
    async with site(LISTENS, clock=clock) as app:
        tellings: list[str] = []

        original = app.hooks.tell

        async def tell(plugin: str, spec: Any, subject: Any, call: Any) -> None:
            tellings.append(call.event)
            await effect_once(app, call.event)
            await original(plugin, spec, subject, call)
            if len(tellings) < 3:
                raise RuntimeError("the process believes it failed")

        app.hooks.tell = tell  # type: ignore[method-assign]  # what happens between the effect and its note
        await change(app, "a")
        for _ in range(3):
            await work(app)
            await clock.advance(100)
        assert len(tellings) == 3
        assert await effects(app) == [tellings[0]]


async def test_a_failing_plugin_takes_nothing_from_another(clock: FakeClock) -> None:
    async with site(LISTENS, OTHER, clock=clock) as app:

        def fail(change: ThingChange) -> None:
            raise RuntimeError("always")

        listener(app).fails = fail
        for number in range(20):
            await change(app, f"e{number}", number=number)
        await work(app)
        assert len(listener(app, "other").heard) == 20
        assert listener(app).heard == []


async def test_a_slow_plugin_takes_no_place_from_another() -> None:
    async with site(LISTENS, OTHER, config={"jobs": {"deliveries": 1}}) as app:
        gate = asyncio.Event()
        listener(app).fails = lambda change: gate.wait()
        heard = asyncio.Event()
        listener(app, "other").fails = lambda change: heard.set() if change.id == "e9" else None
        for number in range(10):
            await change(app, f"e{number}")
        settling = asyncio.create_task(app.settle())
        await heard.wait()
        assert listener(app).heard == []
        gate.set()
        await settling
        assert len(listener(app).heard) == 10


async def test_the_breaker_pauses_a_plugin_without_using_up_attempts(clock: FakeClock) -> None:
    async with site(LISTENS, clock=clock, config={"jobs": {"deliveries": 1}}) as app:
        down = True

        def fail(change: ThingChange) -> None:
            if down:
                raise RuntimeError("down")

        listener(app).fails = fail
        for number in range(10):
            await change(app, f"e{number}")
        await work(app)
        assert sum(row["attempts"] for row in await rows(app)) == 5
        await work(app)
        assert sum(row["attempts"] for row in await rows(app)) == 5
        assert [one.plugin for one in app.failures] == ["listens"]
        down = False
        await clock.advance(61)
        await work(app)
        assert len(listener(app).heard) == 10


async def test_a_dead_event_is_kept_lets_others_pass_and_can_be_told_again(clock: FakeClock) -> None:
    async with site(LISTENS, clock=clock, config={"jobs": {"event_attempts": 3}}) as app:
        bad = True

        def fail(change: ThingChange) -> None:
            if bad and change.number == 1:
                raise RuntimeError("password=hunter2 is wrong")

        listener(app).fails = fail
        for number in (1, 2):
            await change(app, "a", number=number)
        for _ in range(2):
            await work(app)
            assert listener(app).heard == [], "the second waits for the first"
            await clock.advance(100)
        await work(app)
        assert listener(app).heard == [("a", 2)]
        (dead,) = (await run(app, "jobs.events")).data
        assert (dead.plugin, dead.hook, dead.state, dead.attempts) == ("listens", "thing_after_change", "dead", 3)
        assert dead.subject == {"type": "thing", "id": "a", "number": 1, "secret": "***"}
        assert "RuntimeError: password=***" in dead.error
        bad = False
        assert (await run(app, "jobs.retry_event", event=dead.event, plugin="listens")).state == "waiting"
        await work(app)
        assert listener(app).heard == [("a", 2), ("a", 1)]
        assert listener(app).calls[-1].event == dead.event
        with pytest.raises(NotFound):
            await run(app, "jobs.retry_event", event=dead.event, plugin="listens")


async def test_pauses_double_up_to_the_longest(clock: FakeClock) -> None:
    config = {"jobs": {"event_pause": 10.0, "event_longest_pause": 35.0}}
    async with site(LISTENS, clock=clock, config=config) as app:

        def fail(change: ThingChange) -> None:
            raise RuntimeError("always")

        listener(app).fails = fail
        await change(app, "a")
        pauses = []
        for _ in range(4):
            app.hooks._health.clear()  # the breaker is not what is looked at here
            await work(app)
            (row,) = await rows(app)
            due = app.structurer.structure(row["due_at"], type(clock.now()))
            pauses.append((due - clock.now()).total_seconds())
            await clock.advance(pauses[-1])
        for pause, full in zip(pauses, (10, 20, 35, 35), strict=True):
            assert 0.7 * full < pause <= full


async def test_a_subject_that_cannot_be_read_any_more_is_dead_at_once(clock: FakeClock) -> None:
    async with site(LISTENS, clock=clock) as app:
        await change(app, "a")
        await app.need(Database).execute("UPDATE jobs_events SET subject_json = '{}'")
        await work(app)
        (dead,) = (await run(app, "jobs.events")).data
        assert dead.attempts == 1


async def test_events_wait_for_a_plugin_that_is_off_and_are_dropped_in_the_end(clock: FakeClock, tmp_path: Any) -> None:
    async with site(LISTENS, OTHER, clock=clock, folder=tmp_path) as app:
        await change(app, "a", number=1)
    async with site(OTHER, clock=clock, folder=tmp_path) as app:
        await work(app)
        assert [row["plugin"] for row in await rows(app)] == ["listens"]
        assert [one.plugin for one in (await run(app, "jobs.events", state="waiting")).data] == ["listens"]
        await run(app, "jobs.enqueue", kind="jobs.clean")
        await work(app)
        assert len(await rows(app)) == 1
    async with site(LISTENS, clock=clock, folder=tmp_path) as app:
        await work(app)
        assert listener(app).heard == [("a", 1)]
        await change(app, "b", number=2)
    # Another clock, since a month is long for one that wakes whoever sleeps on the way.
    async with site(OTHER, clock=FakeClock(clock.now() + timedelta(days=31)), folder=tmp_path) as app:
        await run(app, "jobs.enqueue", kind="jobs.clean")
        await work(app)
        assert await rows(app) == []


async def test_events_wait_for_a_plugin_that_failed_to_start(clock: FakeClock, tmp_path: Any) -> None:
    async with site(LISTENS, clock=clock, folder=tmp_path) as app:
        await change(app, "a", number=1)
    broken = evolve(LISTENS, load="tests.builtin_plugins.jobs.site:Broken")
    async with site(clock=clock, folder=tmp_path, others=[broken]) as app:
        assert [one.plugin for one in app.failures] == ["listens"]
        await change(app, "b", number=2)
        await work(app)
        assert [row["subject_json"] != "" for row in await rows(app)] == [True], "the one from before, and none since"
    async with site(LISTENS, clock=clock, folder=tmp_path) as app:
        await work(app)
        assert listener(app).heard == [("a", 1)]


async def test_dead_events_go_after_their_time(clock: FakeClock) -> None:
    async with site(LISTENS, clock=clock, config={"jobs": {"event_attempts": 1, "keep_dead_days": 2}}) as app:

        def fail(change: ThingChange) -> None:
            raise RuntimeError("always")

        listener(app).fails = fail
        await change(app, "a")
        await work(app)
        for days, left in ((1, 1), (2, 0)):
            await clock.jump(days * 86_400)
            await run(app, "jobs.enqueue", kind="jobs.clean")
            await work(app)
            assert len((await run(app, "jobs.events")).data) == left


async def test_a_process_that_serves_tells_by_itself() -> None:
    async with site(LISTENS, serving=True) as app:
        heard = asyncio.Event()
        listener(app).fails = lambda change: heard.set()
        await change(app, "a")
        async with asyncio.timeout(20):
            await heard.wait()


async def test_a_handlers_own_events_are_told_too() -> None:
    async with site(LISTENS, OTHER) as app:

        async def follow(change_: ThingChange) -> None:
            if change_.number < 3:
                await change(app, "a", number=change_.number + 1)

        listener(app).fails = follow
        await change(app, "a", number=0)
        await app.settle()
        assert [number for _, number in listener(app, "other").heard] == [0, 1, 2, 3]


async def test_a_hook_whose_subject_cannot_be_read_again_stops_the_boot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(hooks.thing_after_change.__globals__, "ThingChange", None)
    with pytest.raises(BootError, match=r"hook 'thing_after_change': its subject \('ThingChange'\) must be"):
        async with site(LISTENS):
            pass


async def test_pages_of_events(clock: FakeClock) -> None:
    async with site(LISTENS, clock=clock) as app:
        await change(app, *(f"e{number}" for number in range(5)))
        seen: list[str] = []
        cursor = None
        while True:
            page = await run(app, "jobs.events", state="waiting", plugin="listens", limit=2, cursor=cursor)
            seen += [row.subject["id"] for row in page.data]
            cursor = page.next
            if cursor is None:
                break
        assert seen == ["e4", "e3", "e2", "e1", "e0"]
        assert (await run(app, "jobs.events", state="waiting", plugin="nobody")).data == ()
