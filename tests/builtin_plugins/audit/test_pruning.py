"""Old days go, in batches; what is left still verifies, and the gap is explained."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest
from tests.builtin_plugins.audit.things import Things, run, sql

from newel import Conflict, Forbidden, Manifest, Reject, Transient, hookimpl
from newel.app import App
from newel.contracts.database import Database
from newel.errors import NewelError
from newel.operations import Invocation
from newel.testing import FakeClock, actor, make_app
from newel_audit import pruning

PLUGINS = ["database", "migrations", "audit", Things.manifest]
DAY = 86_400


@pytest.fixture
async def app(clock: FakeClock) -> AsyncIterator[App]:
    async with make_app(PLUGINS, clock=clock) as made:
        yield made


async def fill(app: App, clock: FakeClock, days: int, rows: int = 5) -> None:
    for _ in range(days):
        await run(app, "things.change", ids=[str(number) for number in range(rows)])
        await clock.advance(DAY)


async def days(app: App) -> list[str]:
    rows = await sql(app, "SELECT DISTINCT day FROM audit_log WHERE operation = 'things.change' ORDER BY day")
    return [row["day"] for row in rows]


async def test_whole_days_go_and_the_rest_verifies(app: App, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "BATCH", 2)
    await fill(app, clock, 5)
    done = await run(app, "audit.prune", keep_days=2, dry_run=True)
    assert (done.before, done.rows, done.kept) == ("2030-01-04", 15, ())
    assert len(await days(app)) == 5
    done = await run(app, "audit.prune", "ann", keep_days=2)
    assert (done.before, done.rows, done.kept) == ("2030-01-04", 15, ())
    assert await days(app) == ["2030-01-04", "2030-01-05"]
    verdict = await run(app, "audit.verify")
    assert (verdict.whole, verdict.pruned, verdict.findings) == (True, 15, ())
    (row,) = (await run(app, "audit.list", operation="audit.prune", actor="ann")).data
    assert (row.entity, row.entity_id, row.after) == (
        "audit", "2030-01-04", {"before": "2030-01-04", "rows": 15, "kept": []},
    )  # fmt: skip
    assert (await run(app, "audit.prune", keep_days=2)).rows == 0
    await sql(app, "DELETE FROM audit_log WHERE day = '2030-01-04'")
    assert not (await run(app, "audit.verify")).whole, "a gap that nobody signed is no pruning"


async def test_it_may_be_interrupted_anywhere(app: App, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "BATCH", 2)
    await fill(app, clock, 3, 7)
    plugin: Any = app.plugins["audit"]
    real = plugin._store.rows.drop
    for stops in range(1, 5):
        calls = 0

        async def drop(*values: Any, stops: int = stops) -> int:
            nonlocal calls
            calls += 1
            if calls == stops:
                raise asyncio.CancelledError
            return int(await real(*values))

        monkeypatch.setattr(plugin._store.rows, "drop", drop)
        with pytest.raises(asyncio.CancelledError):
            await run(app, "audit.prune", keep_days=1)
        verdict = await run(app, "audit.verify")
        assert verdict.whole, verdict.findings
    monkeypatch.setattr(plugin._store.rows, "drop", real)
    await run(app, "audit.prune", keep_days=1)
    assert await days(app) == ["2030-01-03"]
    assert (await run(app, "audit.verify")).pruned == 14


async def test_a_day_that_does_not_verify_is_evidence_and_stays(app: App, clock: FakeClock) -> None:
    await fill(app, clock, 3)
    await sql(app, "UPDATE audit_log SET actor = 'x' WHERE day = '2030-01-02' AND seq = 2")
    done = await run(app, "audit.prune", keep_days=1)
    assert (done.rows, done.kept) == (5, ("2030-01-02",))
    assert not (await run(app, "audit.verify")).whole


async def test_rows_of_before_the_chain_go_too(app: App, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "BATCH", 3)
    await fill(app, clock, 2)
    await sql(app, "UPDATE audit_log SET day = NULL, stripe = NULL, seq = NULL, hash = NULL, hlc = NULL")
    await sql(app, "DELETE FROM audit_heads")
    done = await run(app, "audit.prune", keep_days=1)
    assert (done.rows, done.unchained) == (5, 5)
    assert len(await sql(app, "SELECT id FROM audit_log WHERE day IS NULL")) == 5


class Watch:
    """Says when the trail was pruned: around an operation is also after its commit."""

    manifest: ClassVar[Manifest] = Manifest(
        name="watch", summary="Watches.", load="tests.builtin_plugins.audit.test_pruning:Watch"
    )

    def __init__(self, app: App) -> None:
        self.pruned = asyncio.Event()

    @hookimpl
    @asynccontextmanager
    async def operation_around_run(self, invocation: Invocation) -> AsyncIterator[None]:
        yield
        if invocation.operation.name == "audit.prune":
            self.pruned.set()


async def test_it_runs_by_itself_where_the_setting_says_so(clock: FakeClock) -> None:
    async with make_app([*PLUGINS, Watch.manifest], {"audit": {"keep_days": 2}}, clock=clock) as app:
        await fill(app, clock, 4)
        pruned = app.plugins["watch"].pruned  # type: ignore[attr-defined]  # the class above
        async with asyncio.timeout(60):  # of real time: whoever prunes may not have lain down yet when an hour passes
            while not pruned.is_set():
                await clock.advance(3600)
                await asyncio.sleep(0.01)
        found = (await run(app, "audit.list", operation="audit.prune")).data
        assert (found[-1].actor, found[-1].door) == ("system", "schedule")
        assert "2030-01-01" not in await days(app)
        assert (await run(app, "audit.verify")).whole


async def test_who_may_and_what_it_refuses(app: App) -> None:
    for who, wanted in ((actor("ann", "audit.read"), Forbidden), (actor("ann", "audit.prune"), Reject)):
        with pytest.raises(wanted):
            await app.operations.run("audit.prune", {}, app.call(who, "test"))
    with pytest.raises(Reject):
        await run(app, "audit.prune", keep_days=0)
    with pytest.raises(Forbidden):
        await app.operations.run("audit.verify", {}, app.call(actor("ann", "audit.read"), "test"))
    async with app.need(Database).lock("audit.prune"):
        with pytest.raises(NewelError) as caught:
            await run(app, "audit.prune", keep_days=1)
    assert isinstance(caught.value, Transient)


async def test_it_is_no_part_of_another_act(app: App) -> None:
    with pytest.raises(Conflict):
        await run(app, "things.prunes")
