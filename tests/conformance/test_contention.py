"""Operations that get into each other's way: each happens once or not at all, and leaves what it says and no more.

The plugin ``seats`` moves two rows in the order it is told, so that two of its operations deadlock where an engine has
several writers. The others are the real ones, on the same few entries. The seed is printed where a test fails.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from types import ModuleType
from typing import Annotated, Any, ClassVar

import pytest
import sqlalchemy as sa
from attrs import frozen
from tests.builtin_plugins.content.site import SLUG, TITLE, Site, field
from tests.builtin_plugins.jobs import hooks
from tests.builtin_plugins.jobs.hooks import ThingChange

from newel import Call, Manifest, Permission, hookimpl, operation, operations_of
from newel.app import App
from newel.contracts.audit import Change
from newel.contracts.content import EntryEvent
from newel.contracts.database import Contention, Database
from newel.contracts.idempotency import Kept
from newel.contracts.migrations import Migration
from newel.errors import Conflict, NewelError, PreconditionFailed, Transient
from newel.operations import Operation
from newel.testing import actor, make_app
from newel.testing.engines import Engine

HERE = "tests.conformance.test_contention"
PLUGINS = ["database", "migrations", "audit", "jobs", "content", "idempotency"]
WRITE = Permission("seats.write", "Move seats.")
ADMIN = actor("admin")

pytestmark = [pytest.mark.fresh, pytest.mark.timeout(300)]


@pytest.fixture
def seed() -> int:
    made = random.SystemRandom().randrange(1 << 32)
    print(f"seed: {made}")  # pytest shows it with a failure
    return made


@frozen(kw_only=True)
class Take:
    first: Annotated[int, "The row that is changed first."]
    second: Annotated[int, "The row that is changed next."]
    number: Annotated[int, "Which act it is."]


class Seats:
    """Two rows in a given order, and a trace of everything that an undone attempt could leave."""

    manifest: ClassVar[Manifest] = Manifest(name="seats", summary="Seats.", load=f"{HERE}:Seats")

    def __init__(self, app: App) -> None:
        self.attempts: Counter[int] = Counter()
        self.told: list[int] = []
        self.heard: list[tuple[str, str]] = []
        self.saved: Counter[str] = Counter()

    @hookimpl
    def register_hookspecs(self) -> Sequence[ModuleType]:
        return [hooks]

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        return [Migration(number=1, name="tables", upgrade=tables)]

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(self)

    @hookimpl
    async def thing_after_change(self, change: ThingChange, call: Call) -> None:
        self.heard.append((change.id, call.event))

    @hookimpl
    async def content_after_save(self, event: EntryEvent) -> None:
        self.saved["save"] += 1

    @hookimpl
    async def content_after_publish(self, event: EntryEvent) -> None:
        self.saved["publish"] += 1

    @operation("seats.take", needs=WRITE, http="POST /seats", effect="write")
    async def take(self, call: Call, order: Take) -> int:
        """Takes a seat in two rows."""
        self.attempts[order.number] += 1
        assert call.work is not None
        call.changed(Change(entity="act", id=str(order.number), before=None, after={"n": order.number}))
        call.emit(hooks.thing_after_change, ThingChange(type="act", id=str(order.number), number=order.number))
        call.work.after.append(lambda: self.told.append(order.number))
        for row in (order.first, order.second):
            await call.tx.execute("UPDATE seats_rows SET n = n + 1 WHERE id = :id", {"id": row})
            await asyncio.sleep(0)
        await call.tx.execute("INSERT INTO seats_acts (id, n) VALUES (:id, 1)", {"id": order.number})
        return order.number


def tables(op: Any) -> None:
    for name in ("seats_rows", "seats_acts"):
        op.create_table(
            name, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False), sa.Column("n", sa.Integer)
        )


def opened() -> Any:
    config = {"content": {"locales": ["en", "de"]}, "log": {"level": "error"}}
    return make_app([*PLUGINS, Seats.manifest], config)


async def outcomes(*acts: Any) -> list[Any]:
    """Answers and refusals. Whatever else is raised is a bug, and fails the test."""
    done = await asyncio.gather(*acts, return_exceptions=True)
    for one in done:
        if isinstance(one, BaseException) and not isinstance(one, Conflict | PreconditionFailed | Transient):
            raise one
    return done


async def rows(app: App, text: str, **values: Any) -> list[dict[str, Any]]:
    return await app.need(Database).fetch_all(text, values)


async def test_acts_that_deadlock_happen_once_or_not_at_all(engine: Engine, seed: int) -> None:
    dice = random.Random(seed)
    async with opened() as app:
        seats: Any = app.plugins["seats"]
        for id in (1, 2, 3):
            await app.need(Database).execute("INSERT INTO seats_rows (id, n) VALUES (:id, 0)", {"id": id})

        async def act(number: int) -> Any:
            first, second = dice.sample((1, 2, 3), 2)
            order = {"first": first, "second": second, "number": number}
            return await app.operations.run("seats.take", order, app.call(ADMIN, "test"))

        done: list[Any] = []
        for start in range(0, 32, 16):
            done += await outcomes(*(act(number) for number in range(start, start + 16)))
        await app.settle()
        kept = sorted(one for one in done if isinstance(one, int))
        assert {type(one) for one in done} <= {int, Contention}
        assert len(kept) >= 28, f"too many gave up: {len(done) - len(kept)}"
        if engine.plugin != "sqlite":
            assert max(seats.attempts.values()) > 1, "nothing got into the way of another"
        assert [row["id"] for row in await rows(app, "SELECT id FROM seats_acts ORDER BY id")] == kept
        taken = await rows(app, "SELECT SUM(n) AS n FROM seats_rows")
        assert taken[0]["n"] == 2 * len(kept)
        trail = await rows(app, "SELECT entity_id FROM audit_log WHERE operation = 'seats.take' AND outcome = 'done'")
        assert sorted(int(row["entity_id"]) for row in trail) == kept
        assert sorted(int(id) for id, _ in seats.heard) == kept
        assert len({event for _, event in seats.heard}) == len(kept)
        assert sorted(seats.told) == kept
        assert (await app.operations.run("audit.verify", {}, app.call(ADMIN, "test"))).whole


async def test_work_on_the_same_entries(engine: Engine, seed: int) -> None:
    """Updates, publications and moves at once: each that was answered is in the trail and was told, no other."""
    dice = random.Random(seed)
    async with opened() as app:
        seats: Any = app.plugins["seats"]
        site = Site(app)
        await site.type("page", TITLE, SLUG, field("n", "integer", indexed=True), kind="page")
        home = [await site.create("page", title=f"Page {number}", n=0) for number in range(6)]
        await app.settle()
        seats.saved.clear()

        async def act(number: int) -> str:
            one, other = dice.sample(home, 2)
            verb = dice.choice(("update", "publish", "move"))
            if verb == "update":
                await site.update(one, n=number, title=f"Title {number}")
            elif verb == "publish":
                await site.on("publish", one)
            else:
                await site.on("move", one, top=True, **{dice.choice(("before", "after")): other.id})
            return verb

        done: list[Any] = []
        for start in range(0, 96, 16):
            done += await outcomes(*(act(number) for number in range(start, start + 16)))
        await app.settle()
        kept = Counter(one for one in done if isinstance(one, str))
        trail = await rows(app, "SELECT operation, request_id, entity FROM audit_log WHERE outcome = 'done'")
        acts = Counter(operation for operation, _ in {(row["operation"], row["request_id"]) for row in trail})
        assert {verb: acts[f"content.{verb}"] for verb in kept} == kept
        changed = Counter(row["operation"] for row in trail if row["entity"] is not None)
        assert sum(kept.values()) >= 0.9 * len(done)
        # What is as it was asked to be is left alone: the act is in the trail, and there is nothing to tell.
        assert seats.saved["save"] == changed["content.update"] + changed["content.move"]
        assert seats.saved["publish"] == changed["content.publish"]
        listed = await site.run("content.list", type="page", status="draft", limit=100)
        assert {one.id for one in listed.data} == {one.id for one in home}


async def test_sixteen_writers_on_one_entry_hardly_ever_give_up(engine: Engine) -> None:
    async with opened() as app:
        site = Site(app)
        await site.type("page", TITLE, field("n", "integer", indexed=True))
        made = await site.create("page", title="One", n=0)
        done: list[Any] = []
        for turn in range(20):
            done += await outcomes(*(site.update(made, n=16 * turn + number + 1) for number in range(16)))
        assert sum(isinstance(one, NewelError) for one in done) <= len(done) // 100
        read = await site.get(made)
        assert read.revision == 1 + sum(not isinstance(one, NewelError) for one in done)


async def test_the_same_key_sixteen_times_at_once_is_one_act(engine: Engine) -> None:
    async with opened() as app:
        site = Site(app)
        await site.type("page", TITLE)
        order = {"type": "page", "data": {"title": "Once"}}

        async def once(key: str) -> Any:
            call = app.call(ADMIN, "test", idempotency_key=key)
            answer = await app.operations.run("content.create", order, call)
            return answer.answer["id"] if isinstance(answer, Kept) else answer.id

        for turn in range(10):
            done = await outcomes(*(once(f"key-{turn}") for _ in range(16)))
            ids = {one for one in done if isinstance(one, str)}
            assert len(ids) == 1, f"in turn {turn}: {done}"
            assert not [one for one in done if not isinstance(one, str | Transient)]
        made = await rows(app, "SELECT id FROM content_entries")
        assert len(made) == 10
        trail = await rows(app, "SELECT id FROM audit_log WHERE operation = 'content.create' AND outcome = 'done'")
        assert len(trail) == 10
