"""The life of plugins in one process: what is decided, what runs, and what is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from newel.contracts.database import Database
from newel.contracts.guests import Guests
from newel.contracts.migrations import Migration
from newel.operations import Operation, operations_of
from newel_lua.checking import Check
from newel_lua.config import LuaConfig
from newel_lua.deciding import Deciding
from newel_lua.generation import Generation
from newel_lua.leftovers import Leftovers
from newel_lua.migrating import Migrating
from newel_lua.migrations import STEPS
from newel_lua.ports import Runs
from newel_lua.registry import Registry
from newel_lua.service import Reading
from newel_lua.store import CHANNEL, Store
from newel_lua.syncing import Sync
from newel_lua.watching import Watcher

if TYPE_CHECKING:
    from newel.app import App

START_SECONDS = 45.0
"""For the plugins that are enabled; the site then starts without those that take longer."""


class Life:
    """``running`` encloses it all. Plugins run in a process that serves, and in any other where their hooks are needed.

    ``registry`` is what the doors of plugins use.
    """

    def __init__(self, app: App, config: LuaConfig, host: Runs) -> None:
        self._app = app
        self._config = config
        self.store = Store()
        self.registry = Registry(app, config, host)
        self._migrating = Migrating(host, self.registry, app.clock)
        self.registry.migrate = self._migrate
        self.sync = Sync(app, config, self.store, self.registry)
        self.check = Check(self.registry, config)
        self._watcher = Watcher(app, config, self.registry)
        self._reading = Reading(app, self.store, self.registry, self.sync)
        self._deciding = Deciding(app, self.store, self.registry, self.sync, self._decided)
        self._leftovers = Leftovers(self.store, self.sync)
        self.registry.listeners.append(self._tell_failures)
        self._failing: dict[str, str] = {}
        self._stack = AsyncExitStack()
        self._starting = asyncio.Lock()
        self._telling: set[asyncio.Task[None]] = set()
        self.serving = False
        self.begun = False

    async def _migrate(self, generation: Generation, instance: Any) -> None:
        await self._migrating(generation, instance, self.registry.own_call(generation.name))

    def migrations(self) -> Sequence[Migration]:
        return STEPS

    def operations(self) -> Sequence[Operation]:
        return operations_of(self._reading, self._deciding, self._leftovers)

    @asynccontextmanager
    async def running(self, db: Database, *, serving: bool) -> AsyncIterator[None]:
        self.store.open(db)
        self._migrating.open(db)
        self.serving = serving
        self._app.provide(Guests, self._reading)
        try:
            if serving or await self._hooked():
                await self.ensure()
            yield
        finally:
            await asyncio.gather(*self._telling, return_exceptions=True)
            await self._stack.aclose()
            self.begun = False

    async def ensure(self) -> None:
        """Starts the plugins of this process, if that has not been done; returns when they run."""
        async with self._starting:
            if self.begun:
                return
            self.begun = True
            await self._stack.enter_async_context(self.registry.running())
            await self.sync.take()
            try:
                async with asyncio.timeout(START_SECONDS):
                    await self.registry.settled()
            except TimeoutError:
                self._app.log.error("some Lua plugins are still starting")
            await self._stack.enter_async_context(self._beside())

    async def settled(self) -> None:
        """Returns when what is decided by now is done here."""
        await self.sync.take()
        await self.registry.settled()

    async def _hooked(self) -> bool:
        """Whether this process may have to call hooks: whatever its door, no entry is to be saved without them."""
        decided = (await self.store.snapshot())[1].values()
        return any(given.item.kind == "hook" for one in decided if one.enabled for given in one.approvals)

    @asynccontextmanager
    async def _beside(self) -> AsyncIterator[None]:
        work: list[Callable[[], Awaitable[None]]] = [self.sync.go]
        if self.store.db.reaches_all:
            work.append(self.sync.listen)
        if self._config.watch:
            work.append(self._watcher.go)
        self.sync.tells = self.serving
        tasks = [asyncio.ensure_future(one()) for one in work]
        try:
            yield
        finally:
            for one in tasks:
                one.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self.serving:
                await self.sync.leave()

    def _tell_failures(self) -> None:
        """Of plugins that should run, to whoever watches the site."""
        if not self.serving:
            return
        found = {
            one.name: str(one.reason) for one in self.registry.plugins.values() if one.decided.enabled and one.reason
        }
        for name in sorted({*found, *self._failing}):
            if found.get(name) != self._failing.get(name):
                help_text = f"repair it, or run: newel lua disable {name}"
                self._app.report_part("lua", name, found.get(name, ""), help_text)
        self._failing = found

    def _decided(self) -> None:
        """After the commit of a decision: everybody is told."""
        self.sync.wake()
        task = asyncio.create_task(self.store.db.notify(CHANNEL), name="newel-lua-tell")
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)
