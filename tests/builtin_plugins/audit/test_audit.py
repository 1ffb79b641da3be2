"""The trail: what a row says, the transaction it shares, filters and pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from attrs import evolve
from tests.builtin_plugins.audit.things import CANARY, Things, run, sql

from newel import Forbidden, Malformed, NotFound, Reject
from newel.app import App
from newel.testing import FakeClock, actor, make_app


@pytest.fixture
async def app(clock: FakeClock) -> AsyncIterator[App]:
    async with make_app(["database", "migrations", "audit", Things.manifest], clock=clock) as made:
        yield made


async def test_a_row_says_who_did_what_through_which_door(app: App) -> None:
    await run(app, "things.change", "ann", ids=["a"])
    (row,) = (await run(app, "audit.list")).data
    assert (row.at, row.actor, row.actor_kind, row.actor_name, row.credential) == (
        "2030-01-01T00:00:00.000Z", "ann", "user", "ann", "01TOKEN",
    )  # fmt: skip
    assert (row.door, row.request_id, row.ip) == ("test", "request of ann", "192.0.2.7")
    assert (row.operation, row.entity, row.entity_id, row.before) == ("things.change", "thing", "a", None)
    assert row.after == {"text": "é", "secret": "***", "deep": [{"key": "***"}]}
    assert await run(app, "audit.get", id=row.id) == row


async def test_secrets_are_masked_before_they_are_written(app: App) -> None:
    await run(app, "things.change", ids=["a", "b"])
    assert CANARY not in repr(await sql(app, "SELECT * FROM audit_log"))
    assert CANARY not in repr(await run(app, "audit.list"))


async def test_one_row_a_change_and_one_for_none(app: App) -> None:
    await run(app, "things.change", ids=["a", "b", "c"])
    await run(app, "things.change", ids=[])
    await run(app, "things.look")
    rows = (await run(app, "audit.list")).data
    assert [(one.entity, one.entity_id) for one in rows] == [
        (None, None), ("thing", "c"), ("thing", "b"), ("thing", "a"),
    ]  # fmt: skip


async def test_what_is_undone_leaves_no_row(app: App) -> None:
    for verb in ("things.change", "things.both"):
        with pytest.raises(Reject):
            await run(app, verb, fails=True)
    assert (await run(app, "audit.list")).data == ()


async def test_an_act_inside_another_has_its_own_row(app: App) -> None:
    await run(app, "things.both")
    rows = (await run(app, "audit.list")).data
    assert [one.operation for one in rows] == ["things.both", "things.change", "things.change"]
    assert {one.request_id for one in rows} == {"request of admin"}


async def test_a_side_that_is_too_large_is_marked() -> None:
    async with make_app(["database", "migrations", "audit", Things.manifest], {"audit": {"max_side": 2000}}) as app:
        await run(app, "things.change", ids=["large"], size=3000)
        await run(app, "things.change", ids=["small"], size=1000)
        small, large = (await run(app, "audit.list")).data
        assert small.after["text"] == "é" * 1000
        assert large.after["left_out"] == "too large"
        assert large.after["characters"] > 3000


async def test_filters(app: App) -> None:
    await run(app, "things.change", "ann", ids=["a", "b"])
    await run(app, "things.change", "bob", ids=["b"])
    await run(app, "things.both", "bob", ids=[])

    async def found(**filters: Any) -> list[tuple[str, str | None]]:
        return [(one.actor, one.entity_id) for one in (await run(app, "audit.list", **filters)).data]

    assert await found(actor="ann") == [("ann", "b"), ("ann", "a")]
    assert await found(entity="thing", entity_id="b") == [("bob", "b"), ("ann", "b")]
    assert await found(operation="things.both") == [("bob", None)]
    assert await found(actor="ann", operation="things.change", entity="thing", entity_id="a") == [("ann", "a")]
    assert await found(actor="' OR '1'='1") == []
    assert await found(actor="") == []


async def test_since_and_until(app: App, clock: FakeClock) -> None:
    for name in ("first", "second", "third"):
        await run(app, "things.change", ids=[name])
        await clock.advance(3600)

    async def found(**filters: Any) -> list[str | None]:
        return [one.entity_id for one in (await run(app, "audit.list", **filters)).data]

    assert await found(since="2030-01-01T01:00:00Z") == ["third", "second"]
    assert await found(until="2030-01-01T01:00:00Z") == ["first"]
    assert await found(since="2030-01-01T02:00:00+01:00", until="2030-01-01T02:00:00Z") == ["second"]
    assert await found(since="0001-01-02T00:00:00Z", until="9999-12-30T00:00:00Z") == ["third", "second", "first"]
    assert await found(until="0001-01-02T00:00:00Z") == []
    with pytest.raises(Reject):
        await found(since="yesterday")


async def test_pages_hold_each_row_once_while_others_write(app: App) -> None:
    await asyncio.gather(*(run(app, "things.change", ids=[str(number)]) for number in range(10)))
    seen, cursor = [], None
    while True:
        page = await run(app, "audit.list", limit=3, cursor=cursor, operation="things.change")
        seen += [one.entity_id for one in page.data]
        await run(app, "things.change", ids=["late"])
        if (cursor := page.next) is None:
            break
    assert sorted(seen) == sorted(map(str, range(10)))
    for wrong in ("x", "", "'; DROP TABLE audit_log"):
        with pytest.raises(Malformed):
            await run(app, "audit.list", cursor=wrong)


async def test_only_admins_read_it_and_nobody_changes_it(app: App) -> None:
    row = await run(app, "things.change")
    for verb, order in (("audit.list", {}), ("audit.get", {"id": "x"})):
        with pytest.raises(Forbidden):
            await app.operations.run(verb, order, app.call(actor("ann", "things.write"), "test"))
    with pytest.raises(NotFound):
        await run(app, "audit.get", id="x")
    assert {one.name for one in app.operations if one.name.startswith("audit.") and one.effect == "write"} == {
        "audit.prune",
        "audit.undo",
    }
    assert row is None


async def test_texts_of_others_are_cut_to_their_columns(app: App) -> None:
    long = "x" * 1000
    call = app.call(evolve(actor("admin"), id=long, name=long), long, ip=long, request_id=long)
    await app.operations.run("things.change", {"ids": [long]}, call)
    (row,) = (await run(app, "audit.list")).data
    assert {len(text) for text in (row.actor, row.actor_name, row.door, row.ip, row.request_id, row.entity_id)} == {
        64, 191, 32, 128,
    }  # fmt: skip
