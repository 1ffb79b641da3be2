"""Plugins in Lua: the running part."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from newel import Permission, hookimpl
from newel.contracts.backup import Part
from newel.contracts.database import Database
from newel.contracts.http import Route
from newel.contracts.jobs import JobKind, Jobs, Schedule
from newel.contracts.migrations import Migration
from newel.contracts.site import HealthCheck, Metric
from newel.contracts.tui import Screen, ScreenSource
from newel.operations import Operation
from newel_lua.backing import backup_parts
from newel_lua.checking import Check
from newel_lua.commands import lua
from newel_lua.config import LuaConfig
from newel_lua.doors import Hooks, Routes
from newel_lua.hooks.doors import Doors
from newel_lua.host.host import Host
from newel_lua.life import Life
from newel_lua.model import Module
from newel_lua.modules.all import NoDatabase, modules_of
from newel_lua.modules.schedule import Schedules
from newel_lua.planning import Plans
from newel_lua.routing.door import Door
from newel_lua.screens.source import USE, LuaScreens
from newel_lua.screens.stage import Staged
from newel_lua.store_kv import KvStore
from newel_lua.testing_command import test
from newel_lua.well import Well

if TYPE_CHECKING:
    from click import Command

    from newel.app import App


class LuaPlugin(Doors):
    """Runs plugins, and hands on what comes through the doors of the house."""

    def __init__(self, app: App, config: LuaConfig, more: Iterable[Module] = ()) -> None:
        """``more``: modules beside those that all plugins have."""
        self._app = app
        self._config = config
        self._more = tuple(more)
        self._host = Host(config, (), app.log)
        self.life = Life(app, config, self._host)
        self._host.died = self.life.registry.died
        self._well = Well(self.life.registry)
        self._kv = KvStore()
        self._door = Door(config, app.clock, app.log)
        self.screens = LuaScreens(Staged(self.life.registry, self._host), app.log)
        self._schedules = Schedules(self._kv, lambda: app.find(Jobs), app.clock, app.log, seconds=config.seconds)
        self._plans = self._schedules.planner = Plans(self.life)

    @hookimpl
    def register_backup_parts(self) -> Sequence[Part]:
        return backup_parts()

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        return self.life.migrations()

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return self.life.operations()

    @hookimpl
    def register_permissions(self) -> Sequence[Permission]:
        return [USE]

    @hookimpl
    def register_routes(self) -> Sequence[Route]:
        return self._door.routes()

    @hookimpl
    def register_screens(self) -> Sequence[Screen | ScreenSource]:
        from newel_lua.screens.admin import screens

        return [*screens(self._app), self.screens]

    @hookimpl
    def register_health_checks(self) -> Sequence[HealthCheck]:
        return self._well.checks()

    @hookimpl
    def register_metrics(self) -> Sequence[Metric]:
        return self._well.metrics()

    @hookimpl
    def register_jobs(self) -> Sequence[JobKind]:
        return self._schedules.kinds()

    @hookimpl
    def register_schedules(self) -> Sequence[Schedule]:
        return self._schedules.schedules()

    @hookimpl
    def register_commands(self) -> Sequence[Command]:
        if "test" not in lua.commands:
            lua.add_command(test)
        return [lua]

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[Check]:
        """For a command without a site: plugins can be looked at inside the block, and not run."""
        nothing = cast(Database, NoDatabase())
        self._host.install([*modules_of(self._app, self._config, nothing, self._kv, self._plans.texts), *self._more])
        try:
            yield self.life.check
        finally:
            await self._host.close()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        app, db = self._app, self._app.need(Database)
        self._kv.open(db)
        self._host.install([*modules_of(app, self._config, db, self._kv, self._plans.texts), *self._more])
        self._door.runtime = Routes(self.life.registry)
        try:
            async with self.life.running(db, serving=app.serving):
                self.open_hooks(app, self._config, Hooks(self.life.registry, app.log))
                try:
                    yield
                finally:
                    self.close_hooks()
        finally:
            await self._host.close()
