"""Keeps this process and the others of one mind: what was decided comes in, what is known here goes out."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newel import Transient
from newel_lua.discovery import Candidate, Origin, discover, shipped_folder
from newel_lua.generation import Plugin
from newel_lua.store import CHANNEL, Store

if TYPE_CHECKING:
    from newel.app import App
    from newel_lua.config import LuaConfig
    from newel_lua.registry import Registry

SYNC_SECONDS = 10.0
"""How often decisions are looked for where others can tell of them; where they cannot, every second."""
POLL_SECONDS = 1.0
REPORT_SECONDS = 30.0
"""How often a node says that it is there when it has nothing else to say."""


class Sync:
    """``take`` brings the registry up to date; ``go`` does so for as long as the process serves."""

    def __init__(self, app: App, config: LuaConfig, store: Store, registry: Registry) -> None:
        self._app = app
        self._store = store
        self._registry = registry
        folder = app.folder / config.folder
        self.places: list[tuple[Path, Origin]] = [(folder, "site")]
        if config.shipped:
            self.places.append((shipped_folder(), "shipped"))
        self.node = app.ids.new()
        self.tells = False
        """Whether others are to know of this process: where it serves."""
        self._stamp: Any = None
        self._woken = asyncio.Event()
        self._taking = asyncio.Lock()
        self._told: dict[str, Any] = {}
        self._told_at = float("-inf")
        registry.listeners.append(self.wake)

    def wake(self) -> None:
        self._woken.set()

    async def candidates(self) -> dict[str, Candidate]:
        return await asyncio.to_thread(discover, self.places)

    async def take(self) -> None:
        """Reads what lies there and what was decided."""
        async with self._taking:  # what was read first must not be told last
            candidates = await self.candidates()
            self._stamp, decided = await self._store.snapshot()
            self._registry.update(candidates, decided)

    async def tell(self) -> None:
        """Writes what this node knows, where that is news or has not been said for long."""
        now = self._app.clock.monotonic()
        facts = {one.name: facts_of(one) for one in self._registry.plugins.values() if one.decided.revision}
        known = {name: _lasting(one) for name, one in facts.items()}
        if known == self._told and now - self._told_at < REPORT_SECONDS:
            return
        own = {"": {"host": socket.gethostname()[:100], "process": os.getpid()}}
        await self._store.report(self.node, own | facts, self._app.clock.now())
        self._told, self._told_at = known, now

    async def leave(self) -> None:
        await self._store.leave(self.node)

    async def go(self) -> None:
        """Forever."""
        while True:
            self._woken.clear()
            try:
                await self._turn()
            except Transient as error:
                self._app.log.debug("Lua plugins wait for the database", extra={"cause": error.detail})
            except Exception as error:  # nobody else would hear of it, and the next turn may go better
                self._app.log.error("Lua plugins could not be kept up to date", exc_info=error)
            await self._pause()

    async def listen(self) -> None:
        """Forever: wakes ``go`` when another process decided something."""
        while True:
            try:
                async with self._store.db.listen(CHANNEL) as signals:
                    async for _ in signals:
                        self.wake()
            except Transient as error:
                self._app.log.debug("Lua plugins cannot listen", extra={"cause": error.detail})
            await self._app.clock.sleep(SYNC_SECONDS)

    async def _turn(self) -> None:
        if await self._store.stamp(self._store.db) != self._stamp:
            await self.take()
        else:
            candidates = await self.candidates()
            if candidates != {one.name: one.candidate for one in self._registry.plugins.values() if one.candidate}:
                await self.take()
        self._registry.retry()
        if self.tells:
            await self.tell()

    async def _pause(self) -> None:
        every = SYNC_SECONDS if self._store.db.reaches_all else POLL_SECONDS
        waiting = (
            asyncio.create_task(self._woken.wait()),
            asyncio.create_task(self._app.clock.sleep(every)),
        )
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)


def is_gone(node: Mapping[str, Any]) -> bool:
    """Whether a node was a process of this machine that ended without saying so."""
    if node.get("host") != socket.gethostname()[:100]:
        return False
    try:
        os.kill(int(node["process"]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # another user's
        return False
    return False


def facts_of(plugin: Plugin) -> dict[str, Any]:
    """What a node tells of a plugin, as JSON."""
    live, reason = plugin.live, plugin.reason
    why = None if reason is None else {"message": reason.message, "file": reason.file, "line": reason.line}
    return {
        "state": plugin.state,
        "failed_reason": why,
        "version": "" if live is None else live.version,
        "code": "" if live is None else live.examined.files.hash,
        "followed": plugin.followed,
        "calls_running": 0 if live is None else live.calls,
        "breaker": {"state": plugin.breaker.state, "errors": plugin.breaker.failed},
        "last_error": plugin.last_error,
        "hooks_off": sorted(plugin.hooks_off),
        "counters": plugin.counters.facts(),
    }  # fmt: skip


def _lasting(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Without what changes with every call: that goes out with the next report."""
    return {
        key: value for key, value in facts.items() if key not in ("calls_running", "counters", "breaker", "last_error")
    }
