"""Jobs: when they are there, who goes first, how attempts end, and what people see of it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.builtin_plugins.jobs.site import EFFECT, change, effects, kind, run, site, work

from newel import Conflict, Forbidden, NotFound, Reject, Secret, TooLarge, Transient, Unauthenticated
from newel.app import App
from newel.context import ANONYMOUS, Call
from newel.contracts.database import Database
from newel.contracts.jobs import Cancelled, Job, JobRun, Jobs, Schedule
from newel.errors import BootError
from newel.testing import FakeClock, actor
from newel_jobs.queue.work import Workers


def call_of(app: App) -> Call:
    return app.call(actor("ann", "things.write"), "test")


async def put(app: App, name: str = "t.work", payload: Any = None, **details: Any) -> str:
    return await app.need(Jobs).enqueue(call_of(app), name, payload, **details)


async def look(app: App, id: str) -> Job:
    return await app.need(Jobs).get(id)


async def test_a_job_is_there_when_its_act_is_committed_and_never_without() -> None:
    done: list[Any] = []
    async with site(kinds=[kind("t.work", lambda job: done.append(job.payload["number"]))]) as app:
        id = await change(app, "a", job="t.work", number=1)
        with pytest.raises(Reject):
            await change(app, "a", job="t.work", number=2, fails=True)
        async with app.need(Database).transaction() as tx:
            await put(app, payload={"number": 3}, tx=tx)
        await work(app)
        assert done == [1, 3]
        assert (await look(app, id)).state == "done"
        assert len((await run(app, "jobs.list")).data) == 2


async def test_a_kind_nobody_brings_is_refused_and_so_is_a_huge_payload() -> None:
    async with site(kinds=[kind("t.work", lambda job: None)]) as app:
        with pytest.raises(NotFound, match=r"there is no job 't\.nothing'"):
            await put(app, "t.nothing")
        with pytest.raises(TooLarge):
            await put(app, payload={"text": "x" * 300_000})
        with pytest.raises(NotFound):
            await look(app, "01JZZZZZZZZZZZZZZZZZZZZZZZ")


async def test_a_handler_acts_in_the_name_of_who_asked() -> None:
    calls: list[Call] = []
    async with site(kinds=[kind("t.work", lambda job: calls.append(job.call))]) as app:
        await put(app)
        await work(app)
        assert calls[0].actor == actor("ann", "things.write")
        await app.operations.run("things.change", {"ids": ["a"]}, calls[0])
        with pytest.raises(Forbidden):
            await app.operations.run("jobs.list", {}, calls[0])


async def test_secrets_in_payloads_and_results_are_masked() -> None:
    async with site(kinds=[kind("t.work", lambda job: {"key": Secret("canary-1")})]) as app:
        id = await put(app, payload={"key": Secret("canary-2")})
        await work(app)
        job = await look(app, id)
        assert (job.payload, job.result) == ({"key": "***"}, {"key": "***"})
        rows = await app.need(Database).fetch_all("SELECT * FROM jobs_queue")
        assert "canary" not in repr([dict(row) for row in rows])


async def test_higher_priority_goes_first_then_what_was_due_first(clock: FakeClock) -> None:
    order: list[str] = []
    kinds = [
        kind("t.work", lambda job: order.append(job.payload["name"])),
        kind("t.high", lambda job: order.append("high"), priority=5),
    ]
    async with site(kinds=kinds, clock=clock, config={"jobs": {"workers": 1}}) as app:
        await put(app, payload={"name": "first"})
        await put(app, payload={"name": "low"}, priority=-1)
        await put(app, payload={"name": "earlier"}, due=clock.now() - timedelta(seconds=5))
        await put(app, "t.high")
        await work(app)
        assert order == ["high", "earlier", "first", "low"]


async def test_a_job_waits_until_it_is_due(clock: FakeClock) -> None:
    async with site(kinds=[kind("t.work", lambda job: None)], clock=clock) as app:
        id = await put(app, due=clock.now() + timedelta(seconds=10))
        await work(app)
        assert (await look(app, id)).state == "waiting"
        await clock.advance(10)
        await work(app)
        assert (await look(app, id)).state == "done"


async def test_a_key_holds_one_waiting_job_also_when_many_ask_at_once() -> None:
    done: list[str] = []
    async with site(kinds=[kind("t.work", lambda job: done.append(job.id))]) as app:
        ids = await asyncio.gather(*(put(app, key="k") for _ in range(10)))
        assert len(set(ids)) == 1
        assert await put(app, key="other") not in ids
        await work(app)
        assert len(done) == 2
        again = await put(app, key="k")
        assert again not in ids
        assert (await look(app, again)).key == "k"


async def test_a_job_that_runs_does_not_hold_its_key() -> None:
    gate, begun = asyncio.Event(), asyncio.Event()

    async def wait(job: JobRun) -> None:
        begun.set()
        await gate.wait()

    async with site(kinds=[kind("t.work", wait)]) as app:
        first = await put(app, key="k")
        working = asyncio.create_task(work(app))
        await begun.wait()
        assert await put(app, key="k") != first
        gate.set()
        await working


async def test_failures_are_tried_again_with_pauses_then_dead_then_by_hand(clock: FakeClock) -> None:
    bad = True

    def fail(job: JobRun) -> str:
        if bad:
            raise RuntimeError(f"attempt {job.attempt} at https://u:hunter2@example.org token=abc")
        return "well"

    kinds = [kind("t.work", fail, attempts=3, pause=10, longest_pause=15)]
    async with site(kinds=kinds, clock=clock) as app:
        id = await put(app)
        for attempt, full in ((1, 10), (2, 15)):
            await work(app)
            job = await look(app, id)
            pause = (datetime.fromisoformat(job.due_at) - clock.now()).total_seconds()
            assert (job.state, job.attempt) == ("waiting", attempt)
            assert 0.7 * full < pause <= full
            await work(app)
            assert (await look(app, id)).attempt == attempt, "not before its time"
            await clock.advance(full)
        await work(app)
        job = await look(app, id)
        assert (job.state, job.attempt, job.ended_at is None) == ("dead", 3, False)
        assert job.error is not None
        assert "attempt 3 at https://***@example.org token=***" in job.error
        assert [one.id for one in (await run(app, "jobs.list", state="dead")).data] == [id]
        bad = False
        assert (await run(app, "jobs.retry", id=id)).state == "waiting"
        await work(app)
        job = await look(app, id)
        assert (job.state, job.attempt, job.result, job.error) == ("done", 1, "well", None)
        with pytest.raises(Conflict):
            await run(app, "jobs.retry", id=id)


@pytest.mark.parametrize(
    ("error", "state"), [(Reject("no"), "dead"), (NotFound("gone"), "dead"), (Transient("busy"), "waiting")]
)
async def test_a_refusal_is_final_and_what_may_pass_is_not(error: Exception, state: str, clock: FakeClock) -> None:
    def refuse(job: JobRun) -> None:
        raise error

    async with site(kinds=[kind("t.work", refuse)], clock=clock) as app:
        id = await put(app)
        await work(app)
        job = await look(app, id)
        assert (job.state, job.attempt) == (state, 1)


async def test_an_attempt_has_its_time(clock: FakeClock) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def hang(job: JobRun) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with site(kinds=[kind("t.work", hang, timeout=20)], clock=clock) as app:
        id = await put(app)
        working = asyncio.create_task(work(app))
        await begun.wait()
        await clock.advance(21)
        await working
        assert ended.is_set()
        job = await look(app, id)
        assert job.state == "waiting"
        assert job.error is not None
        assert "TimeoutError: took longer than 20 s" in job.error


async def test_a_waiting_job_is_cancelled_at_once_and_frees_its_key(clock: FakeClock) -> None:
    async with site(kinds=[kind("t.work", lambda job: None)], clock=clock) as app:
        id = await put(app, key="k")
        assert (await run(app, "jobs.cancel", id=id)).state == "cancelled"
        assert await put(app, key="k") != id
        with pytest.raises(Conflict, match="it is cancelled"):
            await run(app, "jobs.cancel", id=id)
        await work(app)
        assert (await look(app, id)).state == "cancelled"
        assert (await run(app, "jobs.retry", id=id)).state == "waiting"


async def test_a_running_job_is_cancelled_at_its_next_progress(clock: FakeClock) -> None:
    gate, begun, after = asyncio.Event(), asyncio.Event(), []

    async def slow(job: JobRun) -> None:
        await job.progress(1, 2, "half")
        begun.set()
        await gate.wait()
        await job.progress(2, 2)
        after.append("never")

    async with site(kinds=[kind("t.work", slow)], clock=clock) as app:
        id = await put(app)
        working = asyncio.create_task(work(app))
        await begun.wait()
        assert (await look(app, id)).progress == {"done": 1, "total": 2, "note": "half"}
        assert (await run(app, "jobs.cancel", id=id)).state == "running"
        gate.set()
        await working
        assert ((await look(app, id)).state, after) == ("cancelled", [])


async def test_completing_writes_with_the_end_or_not_at_all(clock: FakeClock) -> None:
    async def twice(job: JobRun) -> None:
        async with job.completing({"note": job.attempt}) as tx:
            await tx.execute(EFFECT, {"id": f"{job.id}-{job.attempt}", "note": ""})
            if job.attempt == 1:
                raise RuntimeError("in the middle")

    async with site(kinds=[kind("t.work", twice, pause=1)], clock=clock) as app:
        id = await put(app)
        await work(app)
        assert ((await look(app, id)).state, await effects(app)) == ("waiting", [])
        await clock.advance(1)
        await work(app)
        job = await look(app, id)
        assert (job.state, job.result, await effects(app)) == ("done", {"note": 2}, [f"{id}-2"])


async def test_a_failure_after_completing_changes_nothing() -> None:
    async def odd(job: JobRun) -> None:
        async with job.completing("kept"):
            pass
        raise RuntimeError("too late")

    async with site(kinds=[kind("t.work", odd)]) as app:
        id = await put(app)
        await work(app)
        job = await look(app, id)
        assert (job.state, job.result, job.error) == ("done", "kept", None)


async def test_a_large_result_is_replaced_by_a_mark_and_one_that_is_no_json_by_its_text() -> None:
    kinds = [kind("t.big", lambda job: "x" * 5000), kind("t.odd", lambda job: {"a": {1, 2}})]
    async with site(kinds=kinds, config={"jobs": {"max_result": 1024}}) as app:
        big, odd = await put(app, "t.big"), await put(app, "t.odd")
        await work(app)
        assert (await look(app, big)).result == {"left_out": "too large", "characters": 5002}
        assert (await look(app, odd)).state == "done"


async def test_a_kind_runs_no_more_at_once_than_it_allows() -> None:
    """Two at once and never three: each waits for another one, and there are places for six."""
    now = most = 0
    pair = asyncio.Barrier(2)

    async def count(job: JobRun) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await pair.wait()
        now -= 1

    async with site(kinds=[kind("t.work", count, parallel=2)], config={"jobs": {"workers": 6}}) as app:
        ids = [await put(app) for _ in range(12)]
        await work(app)
        assert most == 2
        assert {(await look(app, id)).state for id in ids} == {"done"}


async def test_a_place_that_comes_free_while_jobs_are_looked_for_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first job ends just after its kind was taken for busy; the long one ends when the second was done."""
    first, second = asyncio.Event(), asyncio.Event()
    fill = Workers.fill

    async def ends_meanwhile(workers: Workers) -> bool:
        began = await fill(workers)
        for task in asyncio.all_tasks():
            if task.get_name() == "newel-job-t.short" and not first.is_set():
                first.set()
                await asyncio.wait({task})
        return began

    async def short(job: JobRun) -> None:
        if job.payload["number"] == 1:
            await first.wait()
        else:
            second.set()

    kinds = [kind("t.short", short, parallel=1), kind("t.long", lambda job: second.wait())]
    monkeypatch.setattr(Workers, "fill", ends_meanwhile)
    async with site(kinds=kinds, config={"jobs": {"stop_seconds": 0.0}}) as app:
        ids = [await put(app, "t.short", {"number": 1}), await put(app, "t.long")]
        ids.append(await put(app, "t.short", {"number": 2}))
        async with asyncio.timeout(20):
            await work(app)
        assert {(await look(app, id)).state for id in ids} == {"done"}


async def test_a_process_without_workers_leaves_jobs_to_others() -> None:
    async with site(kinds=[kind("t.work", lambda job: None)], config={"jobs": {"workers": 0}}) as app:
        id = await put(app)
        await work(app)
        assert (await look(app, id)).state == "waiting"


async def test_an_orderly_stop_gives_the_job_back_without_an_attempt(tmp_path: Any) -> None:
    begun = asyncio.Event()

    async def hang(job: JobRun) -> None:
        begun.set()
        await asyncio.Event().wait()

    config = {"jobs": {"stop_seconds": 0.0}}
    async with site(kinds=[kind("t.work", hang)], folder=tmp_path, config=config, serving=True) as app:
        id = await put(app)
        await begun.wait()
        assert (await look(app, id)).attempt == 1
    async with site(kinds=[kind("t.work", lambda job: "well")], folder=tmp_path) as app:
        job = await look(app, id)
        assert (job.state, job.attempt) == ("waiting", 0)
        await work(app)
        assert (await look(app, id)).result == "well"


async def test_only_what_is_meant_for_it_can_be_asked_for_by_hand() -> None:
    kinds = [kind("t.work", lambda job: job.payload["x"], by_hand=True), kind("t.inner", lambda job: None)]
    async with site(kinds=kinds) as app:
        with pytest.raises(Reject, match="not for people"):
            await run(app, "jobs.enqueue", kind="t.inner")
        job = await run(app, "jobs.enqueue", kind="t.work", payload={"x": 7})
        assert job.state == "waiting"
        await work(app)
        assert (await run(app, "jobs.get", id=job.id)).result == 7


async def test_one_sees_ones_own_job_and_with_the_permission_all() -> None:
    async with site(kinds=[kind("t.work", lambda job: None)]) as app:
        id = await put(app)

        async def get(who: Any) -> Any:
            return await app.operations.run("jobs.get", {"id": id}, app.call(who, "test"))

        assert (await get(actor("ann"))).id == id
        assert (await get(actor("bob", "jobs.read"))).id == id
        with pytest.raises(NotFound):
            await get(actor("bob"))
        with pytest.raises(Unauthenticated):
            await get(ANONYMOUS)


async def test_pages_and_filters_of_the_list() -> None:
    async with site(kinds=[kind("t.work", lambda job: None), kind("t.other", lambda job: None)]) as app:
        ids = [await put(app, "t.work" if number % 2 else "t.other") for number in range(7)]
        seen: list[str] = []
        cursor = None
        while True:
            page = await run(app, "jobs.list", limit=3, cursor=cursor)
            seen += [one.id for one in page.data]
            cursor = page.next
            if cursor is None:
                break
        assert seen == sorted(ids, reverse=True)
        assert len((await run(app, "jobs.list", kind="t.work")).data) == 3
        assert len((await run(app, "jobs.list", kind="t.other", state="waiting")).data) == 4
        assert (await run(app, "jobs.list", state="done")).data == ()


async def test_what_is_done_goes_after_its_time_in_batches(clock: FakeClock) -> None:
    kinds = [kind("t.work", lambda job: None)]
    async with site(kinds=kinds, clock=clock, config={"jobs": {"keep_done_days": 1}}) as app:
        db = app.need(Database)
        async with db.transaction() as tx:
            for _ in range(1100):
                await put(app, tx=tx)
        await db.execute("UPDATE jobs_queue SET state = 'done', ended_at = '2030-01-01T00:00:00.000Z'")
        await clock.advance(86_400)
        job = await run(app, "jobs.enqueue", kind="jobs.clean")
        await work(app)
        assert (await look(app, job.id)).result == {"jobs": 1100, "events": 0}
        assert {one.kind for one in (await run(app, "jobs.list")).data} == {"jobs.clean"}


async def test_two_jobs_of_one_name_and_wrong_schedules_are_boot_errors() -> None:
    one = kind("t.work", lambda job: None)
    with pytest.raises(BootError, match=r"things and things both bring the job 't\.work'"):
        async with site(kinds=[one, one]):
            pass
    wrong = {
        "names the job 't.gone', which no plugin brings": Schedule(name="s", cron="* * * * *", kind="t.gone"),
        "'61 \\* \\* \\* \\*' is no cron expression": Schedule(name="s", cron="61 * * * *", kind="t.work"),
        "'Mars/Base' is no IANA time zone": Schedule(name="s", cron="@daily", kind="t.work", zone="Mars/Base"),
    }
    for text, schedule in wrong.items():
        with pytest.raises(BootError, match=text):
            async with site(kinds=[one], schedules=[schedule]):
                pass


async def test_a_job_taken_over_stops_and_cannot_complete(clock: FakeClock) -> None:
    """The lease runs out, as if this process had been asleep; when it comes back the job is not its own any more."""
    gate, begun, said = asyncio.Event(), asyncio.Event(), []

    async def slow(job: JobRun) -> str:
        if job.attempt == 1:
            begun.set()
            await gate.wait()
            try:
                async with job.completing() as tx:
                    await tx.execute(EFFECT, {"id": "first", "note": ""})
            except Cancelled as error:
                said.append(str(error))
                raise
        return f"attempt {job.attempt}"

    async with site(kinds=[kind("t.work", slow)], clock=clock) as app:
        id = await put(app)
        working = asyncio.create_task(app.need(Jobs).settle())
        await begun.wait()
        await app.need(Database).execute("UPDATE jobs_queue SET leased_until = '2029-01-01T00:00:00.000Z'")
        await app.plugins["jobs"].workers.fill()  # type: ignore[attr-defined]  # a turn, as at the next poll
        gate.set()
        await working
        assert said == ["the job is no longer this attempt's"]
        job = await look(app, id)
        assert (job.state, job.result, job.attempt, await effects(app)) == ("done", "attempt 2", 2, [])
