"""The module ``db`` on each engine: called as the host calls it, or from a plugin that really runs."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from attrs import define, field

from newel import SYSTEM, Call, Manifest, hookimpl
from newel.app import App
from newel.contracts.database import Database
from newel.contracts.migrations import Migration, Migrations
from newel.ids import Ids
from newel.testing import FakeClock, make_app
from newel.testing.engines import Engine
from newel_lua.config import LuaConfig
from newel_lua.host.host import Host
from newel_lua.host.instance import Code
from newel_lua.migrations import STEPS
from newel_lua.model import Grants, Kind, Returns, Run, Self
from newel_lua.modules.db import Db


class Tables:
    """The tables of the Lua host, without the rest of it."""

    manifest: ClassVar[Manifest] = Manifest(
        name="lua",
        summary="Tables of the Lua host.",
        load="tests.builtin_plugins.lua.db.conftest:Tables",
        needs=(Database, Migrations),
    )

    def __init__(self, app: App) -> None:
        """Nothing runs."""

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        return STEPS


@define
class Shop:
    """A database, and plugins that use it."""

    database: Database
    clock: FakeClock
    db: Db
    log: logging.Logger
    runs: list[Run] = field(factory=list)

    def run(self, plugin: str = "shop", kind: Kind = "route", operations: int = 1000) -> Run:
        call = Call(actor=SYSTEM, door="test", request_id="r", now=datetime(2026, 1, 1, tzinfo=UTC))
        made = Run(plugin=Self(name=plugin, version="1", grants=Grants()), call=call, kind=kind, operations=operations)
        self.runs.append(made)
        return made

    async def do(self, function: str, *arguments: Any, plugin: str = "shop", run: Run | None = None) -> Any:
        """Calls one function; alone unless there is a ``run``."""
        answer = await self.db.functions[function](run or self.run(plugin), list(arguments))
        return answer.values if isinstance(answer, Returns) else answer

    async def define(self, name: str, *columns: dict[str, Any], plugin: str = "shop", **more: Any) -> None:
        await self.do("define_table", name, {"columns": list(columns), **more}, plugin=plugin)

    def another(self, database: Any = None, **settings: Any) -> Db:
        """The module as another process has it."""
        return Db(database or self.database, self.clock, Ids(self.clock.now), self.log, **settings)

    @asynccontextmanager
    async def plugin(self, text: str, name: str = "shop") -> AsyncIterator[Plugin]:
        """A plugin in a worker."""
        host = Host(LuaConfig(), [self.db], logging.getLogger("test"))
        code = Code(name=name, files={"init.lua": text.encode()}, memory=32 << 20, instructions=50_000_000)
        try:
            instance = await host.load(code, lambda kind: self.run(name, kind))
            yield Plugin(self, host, instance)
        finally:
            await host.close()


@define
class Plugin:
    """A plugin that has been loaded."""

    shop: Shop
    host: Host
    instance: Any

    async def call(self, function: str, *arguments: Any, kind: Kind = "route", operations: int = 1000) -> Any:
        run = self.shop.run(self.instance.code.name, kind, operations)
        return await self.host.call(self.instance, function, arguments, run)


@pytest.fixture
async def shop(engine: Engine) -> AsyncIterator[Shop]:
    """An empty database with the tables of the Lua host."""
    clock = FakeClock()
    async with make_app(["database", "migrations"], others=[Tables.manifest], clock=clock) as app:
        database = app.need(Database)
        made = Shop(database, clock, Db(database, clock, Ids(clock.now), app.log), app.log)
        yield made
        for run in made.runs:
            await run.stack.aclose()


def text(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "text", **more}


def integer(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "integer", **more}
