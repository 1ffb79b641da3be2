"""A plugin that changes things, two that hear of it, and jobs; a test says what goes wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, ClassVar

import sqlalchemy as sa
from attrs import frozen
from tests.builtin_plugins.jobs import hooks
from tests.builtin_plugins.jobs.hooks import ThingChange

from newel import Call, Manifest, Permission, Reject, hookimpl, operation, operations_of
from newel.app import App
from newel.contracts.clock import Clock
from newel.contracts.database import Database, Row, UniqueViolation
from newel.contracts.jobs import JobKind, JobRun, Jobs, Schedule
from newel.contracts.migrations import Migration
from newel.contracts.outbox import Outbox
from newel.operations import Operation
from newel.testing import FakeClock, actor, make_app
from newel.testing.app import build_app
from newel.testing.engines import LASTING

HERE = "tests.builtin_plugins.jobs.site"
WRITE = Permission("things.write", "Change things", ("editor",))
EFFECT = "INSERT INTO things_effects (id, note) VALUES (:id, :note)"


@frozen(kw_only=True)
class Change:
    """Which things to change."""

    ids: Annotated[tuple[str, ...], "The things, one event each."] = ("a",)
    number: Annotated[int, "Goes along with the event."] = 0
    name: Annotated[str | None, "A name to tell of."] = None
    job: Annotated[str | None, "A kind of job to ask for as well."] = None
    note: Annotated[str | None, "The id of an effect to write."] = None
    fails: Annotated[bool, "Whether it goes wrong at its end."] = False


def tables(op: Any) -> None:
    exact = sa.String(64).with_variant(sa.String(64, collation="utf8mb4_bin"), "mysql", "mariadb")
    op.create_table("things_effects", sa.Column("id", exact, primary_key=True), sa.Column("note", sa.String(200)))


class Things:
    """The operation, the table of effects, and the kinds of job that a test adds."""

    manifest: ClassVar[Manifest] = Manifest(name="things", summary="Things.", load=f"{HERE}:Things")
    kinds: ClassVar[list[JobKind]] = []
    schedules: ClassVar[list[Schedule]] = []

    def __init__(self, app: App) -> None:
        self.app = app

    @hookimpl
    def register_hookspecs(self) -> Sequence[ModuleType]:
        return [hooks]

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        return [Migration(number=1, name="effects", upgrade=tables)]

    @hookimpl
    def register_jobs(self) -> Sequence[JobKind]:
        return list(self.kinds)

    @hookimpl
    def register_schedules(self) -> Sequence[Schedule]:
        return list(self.schedules)

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(self)

    @operation("things.change", needs=WRITE, http="POST /things/change", effect="write")
    async def change(self, call: Call, order: Change) -> str:
        """Changes things, and tells of it."""
        for one in order.ids:
            call.emit(hooks.thing_after_change, ThingChange(type="thing", id=one, number=order.number))
        if order.name is not None:
            call.emit(hooks.thing_after_name, order.name)
        if order.note is not None:
            await call.tx.execute(EFFECT, {"id": order.note, "note": ""})
        id = ""
        if order.job is not None:
            id = await self.app.need(Jobs).enqueue(call, order.job, {"number": order.number})
        if order.fails:
            raise Reject("no")
        return id


class Listener:
    """Hears of changes. ``fails`` is asked before a change counts as heard."""

    def __init__(self, app: App) -> None:
        self.heard: list[tuple[str, int]] = []
        self.calls: list[Call] = []
        self.subjects: list[ThingChange] = []
        self.names: list[str] = []
        self.fails: Callable[[ThingChange], Any] = lambda change: None

    @hookimpl
    async def thing_after_change(self, change: ThingChange, call: Call) -> None:
        waited = self.fails(change)
        if waited is not None:
            await waited
        self.heard.append((change.id, change.number))
        self.subjects.append(change)
        self.calls.append(call)

    @hookimpl
    def thing_after_name(self, name: str) -> None:
        self.names.append(name)


class Other(Listener):
    """Another plugin that hears the same."""


class Broken(Listener):
    """Cannot start."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        raise RuntimeError("its service is away")
        yield


LISTENS = Manifest(name="listens", summary="Hears.", load=f"{HERE}:Listener", after=("things",))
OTHER = Manifest(name="other", summary="Hears too.", load=f"{HERE}:Other", after=("things",))
PLUGINS = ("database", "migrations", "jobs", Things.manifest)


@asynccontextmanager
async def site(
    *listeners: Manifest,
    clock: Clock | None = None,
    kinds: Sequence[JobKind] = (),
    schedules: Sequence[Schedule] = (),
    config: Mapping[str, Any] | None = None,
    folder: Path | None = None,
    plugins: Sequence[Manifest | str] = PLUGINS,
    several: bool = False,
    **details: Any,
) -> AsyncIterator[App]:
    """A running site. With a clock of the test's, leases and due times go by it, whatever the engine.

    ``several``: others run beside it on the same database, so tasks that are left over cannot be told from theirs.
    """
    Things.kinds[:] = kinds
    Things.schedules[:] = schedules
    given: dict[str, Any] = {"jobs": {"clock": "process" if isinstance(clock, FakeClock) else "engine"}}
    if folder is not None:
        given |= LASTING
    for section, values in (config or {}).items():
        given[section] = given.get(section, {}) | values
    if several and folder is not None:
        serving = details.pop("serving", False)
        app = build_app([*plugins, *listeners], given, clock=clock, folder=folder, **details)
        async with app.running(serving=serving):
            yield app
        return
    async with make_app([*plugins, *listeners], given, clock=clock, folder=folder, **details) as app:
        yield app


async def run(app: App, verb: str, who: str = "admin", /, **order: Any) -> Any:
    return await app.operations.run(verb, order, app.call(actor(who, everything=True), "test"))


async def change(app: App, *ids: str, **order: Any) -> Any:
    return await run(app, "things.change", ids=ids, **order)


async def work(app: App) -> None:
    """Does what is due, as a process that is free would."""
    await app.need(Jobs).settle()
    await app.need(Outbox).settle()


async def effects(app: App) -> list[str]:
    rows: list[Row] = await app.need(Database).fetch_all("SELECT id FROM things_effects ORDER BY id")
    return [row["id"] for row in rows]


async def effect_once(app: App, id: str) -> None:
    """An effect that the id of an event makes happen once, however often it is told."""
    db = app.need(Database)
    try:
        async with db.transaction() as tx:
            await tx.execute(EFFECT, {"id": id, "note": ""})
    except UniqueViolation:
        return


def kind(name: str, run: Callable[[JobRun], Any], **details: Any) -> JobKind:
    async def handler(job: JobRun) -> Any:
        answer = run(job)
        return await answer if hasattr(answer, "__await__") else answer

    return JobKind(name=name, summary="For a test.", run=handler, **details)
