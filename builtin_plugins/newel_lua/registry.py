"""The plugins of this process: which run, with what code, and how one code takes over from another.

Each plugin that is to run has a task that brings it to where it should be whenever there is news of it, one step at a
time; so a plugin that takes long to start keeps nobody waiting but those that depend on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from newel import Call
from newel.context import Actor
from newel.structure import rfc3339
from newel_lua import settings
from newel_lua.breaker import Breaker
from newel_lua.config import LuaConfig
from newel_lua.discovery import Candidate
from newel_lua.examining import Examined, Examiner, NotLoaded, code, passing, reason_of
from newel_lua.faults import Away, Busy, CallFailed
from newel_lua.generation import Generation, Plugin
from newel_lua.host.instance import Code
from newel_lua.model import Kind, LuaValue, Run, Self
from newel_lua.modules.settings import masked
from newel_lua.ports import Looked, Runs
from newel_lua.reasons import Reason
from newel_lua.store import Decided
from newel_lua.tasks import Tasks

if TYPE_CHECKING:
    from newel.app import App

LONGEST_ERROR = 500
DRAIN_SECONDS = 10.0
"""For calls of the code that was replaced, and then for its ``on_shutdown``."""
RETRY_SECONDS = 2.0
"""Before the first try again; doubles with each."""
LONGEST_RETRY_SECONDS = 300.0
MIGRATION_OPERATIONS = 100_000
"""Calls of the database in one step of ``migrations.lua``."""


class _Wait(Exception):
    """What it needs is about to run, or not to: there will be news."""


class Registry:
    """All plugins by name (``plugins``). ``update`` says what is to be; ``settled`` waits until it is."""

    def __init__(self, app: App, config: LuaConfig, host: Runs) -> None:
        self._app = app
        self._config = config
        self._host = host
        self.examiner = Examiner(host, config, app.structurer, self._run_for)
        self.plugins: dict[str, Plugin] = {}
        self.migrate: Callable[[Generation, Any], Awaitable[None]] | None = None
        """Takes the steps of ``migrations.lua``, before ``on_init``."""
        self.listeners: list[Callable[[], None]] = []
        """Told after every change of what runs or may run."""
        self._tasks = Tasks(app, self._converge)
        self._retiring: set[asyncio.Task[None]] = set()

    # -- what is to be ----------------------------------------------------------------------------------------------

    def update(self, candidates: Mapping[str, Candidate], decided: Mapping[str, Decided]) -> None:
        """Takes note of what lies there and what was decided. Approvals count at once."""
        for name in sorted({*candidates, *decided, *self.plugins}):
            known = self.plugins.get(name)
            plugin = known or Plugin(name, Decided(name=name), self._breaker())
            self.plugins[name] = plugin
            before = (plugin.candidate, _wanted(plugin.decided))
            plugin.candidate = candidates.get(name)
            plugin.decided = decided.get(name, Decided(name=name))
            if plugin.candidate is None and name not in decided:
                del self.plugins[name]
            for generation in plugin.generations:
                generation.grant(plugin.decided)
            if (plugin.candidate, _wanted(plugin.decided)) != before and (plugin.decided.enabled or plugin.running):
                self._tasks.kick(name)
            elif not self._tasks.busy(name):
                plugin.followed = plugin.decided.revision
                if not plugin.decided.enabled and not plugin.running:
                    self._rest(plugin)
        self._changed()

    def look(self, name: str) -> None:
        """Something about a plugin's files is new."""
        if name in self.plugins:
            self._tasks.kick(name)

    def retry(self) -> None:
        """Tries those again that failed for a reason which may be gone."""
        now = self._app.clock.monotonic()
        for plugin in self.plugins.values():
            if plugin.again_at is not None and plugin.again_at <= now:
                plugin.again_at = None
                self._tasks.kick(plugin.name)

    async def settled(self) -> None:
        """Returns when every plugin is where it should be, as far as it can."""
        await self._tasks.idle()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """At the end every plugin is stopped, those first that need others."""
        async with self._tasks.running():
            try:
                yield
            finally:
                await self._tasks.stop()
                await self._end()

    # -- what is used -----------------------------------------------------------------------------------------------

    @contextmanager
    def using(self, name: str) -> Iterator[Generation]:
        """The present code of a plugin, kept until the end of the block. Raises ``Away``."""
        plugin = self.plugins.get(name)
        if plugin is None or plugin.live is None:
            raise Away(f"the plugin '{name}' is not running")
        with plugin.live.using() as generation:
            yield generation

    async def call(
        self, generation: Generation, target: Any, arguments: Sequence[LuaValue], kind: Kind, call: Call,
        *, seconds: float = float("inf"),
    ) -> LuaValue:  # fmt: skip
        """Calls a function of code that is in use, for so many seconds if not less. Raises ``CallFailed``."""
        limits = generation.examined.manifest.limits
        limit = "before_seconds" if kind == "before" else "seconds"
        seconds = min(seconds, limits.lowered(limit, getattr(self._config, limit)))
        plugin, begun, failed = self.plugins.get(generation.name), perf_counter(), True
        try:
            answer = await self._host.call(
                generation.instance, target, arguments, self.run(generation, kind, call), seconds=seconds
            )
            failed = False
        except CallFailed as error:
            if plugin is not None and not isinstance(error, Busy):
                plugin.last_error = self._noted(generation, kind, error)
            raise
        finally:
            if plugin is not None:
                plugin.counters.add(kind, perf_counter() - begun, failed=failed)
        return answer

    def died(self, name: str, why: str) -> None:
        """A plugin brought its process down."""
        if (plugin := self.plugins.get(name)) is not None:
            plugin.counters.kills += 1
        self._app.log.error("a Lua plugin brought its process down", extra={"plugin": name, "why": why})

    def _noted(self, generation: Generation, kind: Kind, error: CallFailed) -> dict[str, Any]:
        """For whoever looks at the plugin; without its secrets."""
        reason = reason_of(error)
        message = masked(generation.self, reason.message)[:LONGEST_ERROR]
        at = rfc3339(self._app.clock.now())
        return {"at": at, "kind": kind, "message": message, "file": reason.file, "line": reason.line}

    def run(self, generation: Generation, kind: Kind, call: Call) -> Run:
        """For one call of code, with what it may use of the server."""
        limits = generation.examined.manifest.limits
        limit = "after_operations" if kind == "after" else "operations"
        operations = int(limits.lowered(limit, getattr(self._config, limit)))
        if kind == "migration":
            operations = MIGRATION_OPERATIONS
        return Run(plugin=generation.self, call=call, kind=kind, operations=operations)

    @property
    def calls_limit(self) -> int:
        """Calls of one plugin at the same time."""
        return self._config.calls

    def _breaker(self) -> Breaker:
        return Breaker(self._app.clock, failures=self._config.failures, seconds=self._config.rest_seconds)

    def _run_for(self, plugin: Self, kind: Kind) -> Run:
        return Run(plugin=plugin, call=self.own_call(plugin.name), kind=kind, operations=self._config.operations)

    def own_call(self, name: str) -> Call:
        """A call that a plugin makes by itself."""
        return self._app.call(Actor(id=f"lua:{name}", kind="plugin", name=name), "lua")

    async def inspect(self, code: Code, plugin: Self) -> Looked:
        """Code that is no plugin of the site. Raises ``CallFailed``."""
        return await self._host.inspect(code, lambda kind: self._run_for(plugin, kind))

    # -- one plugin ---------------------------------------------------------------------------------------------------

    async def _converge(self, name: str) -> None:
        plugin = self.plugins.get(name)
        if plugin is None:
            return
        was, revision = (plugin.running, plugin.state), plugin.decided.revision
        plugin.again_at = None
        try:
            if not plugin.decided.enabled:
                await self._stop(plugin)
                self._rest(plugin)
            elif plugin.candidate is None:
                await self._stop(plugin)
                raise NotLoaded(Reason(message="its files are gone"))
            else:
                await self._bring(plugin, await self._examined(plugin, plugin.candidate))
        except NotLoaded as error:
            self._failed(plugin, error)
        except _Wait:
            plugin.state = "loading"
        except Exception as error:  # a fault of ours: others run on, and this one is not left half-way
            self._app.log.error("a Lua plugin could not be handled", extra={"plugin": name}, exc_info=error)
            self._failed(
                plugin, NotLoaded(Reason(message="Newel could not handle it; the log tells more"), passing=True)
            )
        plugin.followed = revision
        if (plugin.running, plugin.state) != was:
            for other in self.plugins.values():
                if name in other.dependencies and other.decided.enabled:
                    self._tasks.kick(other.name)
        self._changed()

    async def _examined(self, plugin: Plugin, candidate: Candidate) -> Examined:
        live = plugin.live
        if live is not None and live.asked == plugin.decided.asked and not self._config.watch:
            return live.examined  # new files count when somebody says so
        found = await self._examine(plugin, candidate)
        pinned = plugin.decided.code
        if not self._config.watch and candidate.origin == "site" and pinned and found.files.hash != pinned:
            text = f"its files are not those that were taken last; to take them: newel lua reload {plugin.name}"
            raise NotLoaded(Reason(message=text))
        return found

    async def _examine(self, plugin: Plugin, candidate: Candidate) -> Examined:
        if plugin.live is None:
            plugin.state = "loading"
        found = await self.examiner.examine(candidate)
        plugin.dependencies = found.manifest.dependencies
        return found

    async def _bring(self, plugin: Plugin, examined: Examined) -> None:
        """Makes this code the present one, where it is not."""
        await self._check_dependencies(plugin, examined)
        live, decided = plugin.live, plugin.decided
        values = settings.effective(examined.manifest.settings, decided.settings)
        present = None if live is None else (live.examined.files.hash, live.settings, live.asked)
        if present == (examined.files.hash, values, decided.asked):
            plugin.reason = None
            return
        fresh = Generation(name=plugin.name, examined=examined, settings=values, asked=decided.asked)
        fresh.grant(decided)
        plugin.state = "loading" if live is None else "running"
        try:
            fresh.instance = await self._host.load(
                code(plugin.name, examined.files, examined.manifest.limits, self._config),
                lambda kind: self.run(fresh, kind, self.own_call(plugin.name)),
                None if self.migrate is None else partial(self.migrate, fresh),
            )
        except CallFailed as error:
            plugin.counters.load_failures += 1
            raise NotLoaded(reason_of(error), passing=passing(error)) from None
        fresh.grant(plugin.decided)  # more may have been approved meanwhile
        plugin.counters.loads += 1
        plugin.live, plugin.state, plugin.reason, plugin.tries = fresh, "running", None, 0
        plugin.breaker.reset()  # what failed was other code
        plugin.hooks_off.clear()
        details = {"plugin": plugin.name, "version": fresh.version, "code": examined.files.hash[:12]}
        self._app.log.info("a Lua plugin runs" if live is None else "a Lua plugin was reloaded", extra=details)
        if live is not None:
            self._changed()
            plugin.retiring.add(live)
            self._later(self._retire(live, plugin.retiring))

    async def _check_dependencies(self, plugin: Plugin, examined: Examined) -> None:
        if (chain := self._cycle(plugin.name)) is not None:
            raise NotLoaded(Reason(message=f"they need each other: {' → '.join(chain)}"))
        for name in examined.manifest.dependencies:
            other = self.plugins.get(name)
            if other is not None and other.running:
                continue
            await self._stop(plugin)
            if other is None or other.candidate is None:
                text = f"it needs the plugin '{name}', which is not there"
            elif other.decided.enabled and self._tasks.busy(name):
                raise _Wait
            else:
                text = f"it needs the plugin '{name}', which is not running"
            raise NotLoaded(Reason(message=text))

    def _cycle(self, start: str) -> list[str] | None:
        """The way from a plugin over what it needs back to itself."""
        waiting = [[start]]
        seen = set()
        while waiting:
            way = waiting.pop()
            for name in self.plugins[way[-1]].dependencies if way[-1] in self.plugins else ():
                if name == start:
                    return [*way, name]
                if name not in seen:
                    seen.add(name)
                    waiting.append([*way, name])
        return None

    def _failed(self, plugin: Plugin, error: NotLoaded) -> None:
        reason = error.reason
        if error.passing:
            plugin.tries += 1
            wait = min(RETRY_SECONDS * 2**plugin.tries, LONGEST_RETRY_SECONDS)
            plugin.again_at = self._app.clock.monotonic() + wait
        if plugin.reason != reason:
            text = "a Lua plugin does not run" if plugin.live is None else "new code of a Lua plugin does not run"
            self._app.log.warning(text, extra={"plugin": plugin.name, "cause": str(reason)})
        plugin.reason = reason
        if plugin.live is None:
            plugin.state = "failed"

    def _rest(self, plugin: Plugin) -> None:
        """The state of one that nobody wants to run."""
        candidate = plugin.candidate
        fault = "its files are gone" if candidate is None else candidate.fault
        if plugin.state in ("running", "loading", "failed", "discovered"):
            plugin.state = "stopped" if plugin.decided.revision else "discovered"
        plugin.reason = None if fault is None else Reason(message=fault)
        if fault is not None:
            plugin.state = "failed"

    async def _stop(self, plugin: Plugin) -> None:
        live, plugin.live = plugin.live, None
        if live is not None:
            plugin.state = "stopped"
            self._changed()
            plugin.retiring.add(live)
            await self._retire(live, plugin.retiring)
            self._app.log.info("a Lua plugin was stopped", extra={"plugin": plugin.name})

    # -- the end of code ----------------------------------------------------------------------------------------------

    async def _retire(self, generation: Generation, among: set[Generation]) -> None:
        """Lets its calls end, tells it, forgets it."""
        if generation.calls and not await self._within(generation.unused.wait()):
            self._app.log.warning(
                "calls of code that was replaced are ended",
                extra={"plugin": generation.name, "calls": generation.calls},
            )
        generation.ended = True
        run = self.run(generation, "shutdown", self.own_call(generation.name))
        try:
            await self._host.call(generation.instance, "on_shutdown", [], run, seconds=DRAIN_SECONDS)
        except CallFailed as error:
            self._app.log.warning("on_shutdown failed", extra={"plugin": generation.name, "cause": str(error)})
        finally:
            among.discard(generation)
            self._host.unload(generation.instance)

    async def _within(self, waiting: Any) -> bool:
        """Whether it happens in time, by the application's clock."""
        tasks = [asyncio.ensure_future(waiting), asyncio.ensure_future(self._app.clock.sleep(DRAIN_SECONDS))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return bool(tasks[0].done())
        finally:
            for one in tasks:
                one.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work, name="newel-lua-retire")
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def _end(self) -> None:
        """Stops everything; whoever needs another is stopped before it."""
        stops: dict[str, asyncio.Task[None]] = {}
        running = {one.name: one.live.examined.manifest.dependencies for one in self.plugins.values() if one.live}

        async def stop(name: str) -> None:
            await asyncio.gather(*(stops[other] for other, needs in running.items() if name in needs))
            await self._stop(self.plugins[name])

        for name in running:
            stops[name] = asyncio.create_task(stop(name), name="newel-lua-stop")
        outcomes = await asyncio.gather(*stops.values(), *self._retiring, return_exceptions=True)
        for one in outcomes:
            if isinstance(one, Exception):
                self._app.log.error("a Lua plugin failed while stopping", exc_info=one)

    def _changed(self) -> None:
        for listener in self.listeners:
            listener()


def _wanted(decided: Decided) -> tuple[Any, ...]:
    """What of a decision means that something has to be done."""
    return decided.enabled, decided.asked, decided.code, dict(decided.settings)
