"""A site with the table of ``kv``, and jobs where a test wants them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from newel import Manifest, Transient, hookimpl
from newel.app import App
from newel.contracts.clock import Clock
from newel.contracts.database import Database
from newel.contracts.jobs import JobKind, Jobs, Schedule
from newel.contracts.migrations import Migration, Migrations
from newel.testing import make_app
from newel_lua.migrations.m0003_kv import upgrade
from newel_lua.modules.kv import KvModule
from newel_lua.modules.schedule import Planned, Planner, Schedules
from newel_lua.store_kv import KvStore


class Keeping:
    """Stands for the host: its table, its module and its jobs."""

    manifest: ClassVar[Manifest] = Manifest(
        name="lua", summary="For tests.", load=f"{__name__}:Keeping", needs=(Database, Migrations), wants=(Jobs,)
    )

    def __init__(self, app: App) -> None:
        self._app = app
        self.store = KvStore()
        self.kv = KvModule(self.store, app.clock)
        self.schedules = Schedules(self.store, lambda: app.find(Jobs), app.clock, app.log, seconds=5.0)
        self.plan = Plan()
        self.schedules.planner = self.plan

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        return [Migration(number=1, name="kv", upgrade=upgrade)]

    @hookimpl
    def register_jobs(self) -> Sequence[JobKind]:
        return self.schedules.kinds()

    @hookimpl
    def register_schedules(self) -> Sequence[Schedule]:
        return self.schedules.schedules()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.store.open(self._app.need(Database))
        yield


class Plan(Planner):
    """What is scheduled, and what was run."""

    def __init__(self) -> None:
        self.all: list[Planned] | None = []
        self.ran: list[str] = []
        self.fails: Exception | None = None

    async def planned(self) -> list[Planned]:
        if self.all is None:
            raise Transient("still starting")
        return self.all

    async def run(self, planned: Planned, call: Any) -> None:
        self.ran.append(f"{planned.plugin.name}/{planned.schedule.name}")
        if self.fails is not None:
            raise self.fails


@asynccontextmanager
async def keeping(clock: Clock, *plugins: str, **details: Any) -> AsyncIterator[tuple[App, Keeping]]:
    config = {"jobs": {"clock": "process"}} if "jobs" in plugins else {}
    config |= details.pop("config", {})
    names = ["database", "migrations", *plugins, Keeping.manifest]
    async with make_app(names, config, clock=clock, **details) as app:
        made = app.plugins["lua"]
        assert isinstance(made, Keeping)
        yield app, made
