"""A site with one plugin in Lua, approved as a whole: hooks are called in a worker, through the doors of the house."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from attrs import evolve

from newel import SYSTEM, Call, Manifest
from newel.app import App
from newel.contracts.content import Content
from newel.contracts.database import Database
from newel.contracts.jobs import Jobs
from newel.contracts.media import Media
from newel.testing import FakeAccounts, FakeAudit, actor, make_app
from newel_lua.config import LuaConfig
from newel_lua.faults import CallFailed
from newel_lua.hooks.doors import Doors
from newel_lua.hooks.model import LuaHook
from newel_lua.host.host import Host
from newel_lua.host.instance import Code, Instance
from newel_lua.model import Function, Grants, Kind, LuaValue, Module, Run, Self
from newel_lua.modules.content import ContentModule
from newel_lua.modules.core import Core
from newel_lua.modules.hooks import HooksModule

CONFIG = LuaConfig()
PLUGINS = ["database", "migrations", "content", FakeAudit.manifest, FakeAccounts.manifest]


class Here(Doors):
    """Stands for the host plugin. What a test sets on the class holds for the next application."""

    manifest = Manifest(
        name="here", summary="A plugin of these tests.", load=f"{__name__}:Here", needs=(Database,),
        wants=(Content, Jobs, Media),
    )  # fmt: skip
    code: ClassVar[Mapping[str, bytes]] = {}
    grants: ClassVar[Grants] = Grants()

    def __init__(self, app: App) -> None:
        self.app = app
        self.failures: list[tuple[str, str, bool]] = []
        self.hooks: list[LuaHook] = []
        self.log = Log()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.host = Host(CONFIG, [self.log, *modules(self.app)], logging.getLogger("newel.test"))
        code = Code(name="shop", files=self.code, memory=32 << 20, instructions=50_000_000)
        try:
            self.instance: Instance = await self.host.load(code, self.run)
            found = [one for one in self.instance.registrations if one.what == "hook"]
            self.hooks = [LuaHook.of("shop", one, one.id) for one in found]
            self.open_hooks(self.app, CONFIG, self)
            yield
        finally:
            self.close_hooks()
            await self.host.close()

    def run(self, kind: Kind, call: Call | None = None) -> Run:
        plugin = Self(name="shop", version="1", grants=self.grants)
        call = call or self.app.call(SYSTEM, "lua")
        return Run(plugin=plugin, call=call, kind=kind, operations=100 if kind == "after" else 1000)

    async def ask(self, function: str, *arguments: LuaValue, kind: Kind = "route") -> LuaValue:
        """Calls a global function of the plugin."""
        return await self.host.call(self.instance, function, arguments, self.run(kind))

    # -- Caller -----------------------------------------------------------------------------------------------------

    def hooks_for(self, event: str) -> Sequence[LuaHook]:
        return [one for one in self.hooks if one.event == event]

    async def call(
        self, hook: LuaHook, arguments: Sequence[LuaValue], kind: Kind, call: Call, *, seconds: float
    ) -> LuaValue:
        run = self.run(kind, evolve(call, work=None))
        return await self.host.call(self.instance, hook.handle, arguments, run, seconds=seconds)

    def failed(self, hook: LuaHook, error: CallFailed) -> None:
        place = f"{getattr(error, 'file', None)}:{getattr(error, 'line', None)}"
        self.failures.append((f"{hook.event} {hook.table}", place, hook.off))


class Conditions:
    """``db`` without its tables: its Lua half reads conditions for ``core``."""

    name = "db"
    functions: Mapping[str, Function] = {}


class Log:
    """Keeps what the plugin is warned of."""

    name = "log"

    def __init__(self) -> None:
        self.said: list[str] = []
        self.functions: Mapping[str, Function] = {"warn": self._warn}

    async def _warn(self, run: Run, arguments: Sequence[LuaValue]) -> LuaValue:
        self.said.append(arguments[0])


def modules(app: App) -> Iterable[Module]:
    return [HooksModule(), Core(app), ContentModule(app), Conditions()]


class Site:
    """A running site, and its plugin."""

    def __init__(self, app: App) -> None:
        self.app = app
        plugin = app.plugins["here"]
        assert isinstance(plugin, Here)
        self.lua = plugin

    async def run(self, verb: str, /, **order: Any) -> Any:
        return await self.app.operations.run(verb, order, self.app.call(actor("admin"), "test"))

    async def noted(self) -> Any:
        """What the plugin kept in its global ``NOTED``, and forgets it."""
        return await self.lua.ask("noted")


NOTES = """
NOTED = {}
function note(...) NOTED[#NOTED + 1] = { ... } end
function noted() local all = NOTED; NOTED = {}; return all end
"""


@asynccontextmanager
async def lua_site(
    init: str, *more: Any, grants: Grants | None = None, config: Mapping[str, Any] | None = None, serving: bool = False
) -> AsyncIterator[Site]:
    """``init`` is the plugin's code, behind ``NOTES``."""
    info = "plugin_info = { name = 'shop', version = '1', description = 'A plugin of these tests.' }\n"
    Here.code = {"init.lua": (info + NOTES + init).encode()}
    Here.grants = grants or Grants()
    sections = {"content": {"locales": ["en", "de"]}, **(config or {})}
    async with make_app([*PLUGINS, *more, Here.manifest], sections, serving=serving) as app:
        yield Site(app)
