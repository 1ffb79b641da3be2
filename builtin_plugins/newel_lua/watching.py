"""Notices that files of plugins changed.

Every ``watch_seconds`` the folders are looked at: names, sizes, times. What changed is looked at again a moment later,
until it stands still (editors write in several steps), then it is read; only another content counts. The first reloads
follow at once; a plugin that was reloaded ten times in ten seconds waits until those are over.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import Factory, define

from newel_lua.files import fingerprint

if TYPE_CHECKING:
    from newel.app import App
    from newel_lua.config import LuaConfig
    from newel_lua.registry import Registry

STILL_SECONDS = 0.1
BURST = 10
BURST_SECONDS = 10.0
_Print = tuple[tuple[str, int, int, int], ...]


@define
class _Watched:
    folder: Path
    seen: _Print
    changed: bool = False
    reloads: deque[float] = Factory(lambda: deque(maxlen=BURST))


class Watcher:
    """Tells the registry of plugins whose files changed. ``turn`` looks once, and answers whether a look soon after is
    worth it."""

    def __init__(self, app: App, config: LuaConfig, registry: Registry) -> None:
        self._app = app
        self._config = config
        self._registry = registry
        self._watched: dict[str, _Watched] = {}

    async def go(self) -> None:
        """Forever."""
        while True:
            try:
                soon = await self.turn()
            except Exception as error:  # nobody else would hear of it, and the next look may go better
                self._app.log.error("files of Lua plugins could not be watched", exc_info=error)
                soon = False
            await self._app.clock.sleep(STILL_SECONDS if soon else self._config.watch_seconds)

    async def turn(self) -> bool:
        wanted = {
            plugin.name: plugin.candidate.folder
            for plugin in self._registry.plugins.values()
            if plugin.decided.enabled and plugin.candidate is not None
        }
        prints = await asyncio.to_thread(_prints, wanted.items())
        for name in set(self._watched) - set(wanted):
            del self._watched[name]
        soon = False
        for name, found in prints.items():
            known = self._watched.get(name)
            if known is None or known.folder != wanted[name]:
                self._watched[name] = _Watched(wanted[name], found)
                # What was loaded may be older than what is seen now.
                self._registry.look(name)
            elif found != known.seen:
                known.seen, known.changed, soon = found, True, True
            elif known.changed and self._may(known):
                known.changed = False
                known.reloads.append(self._app.clock.monotonic())
                self._registry.look(name)
        return soon

    def _may(self, one: _Watched) -> bool:
        """Whether it may be reloaded now."""
        full = len(one.reloads) == BURST
        return not full or self._app.clock.monotonic() - one.reloads[0] >= BURST_SECONDS


def _prints(folders: Iterable[tuple[str, Path]]) -> dict[str, _Print]:
    return {name: fingerprint(folder) for name, folder in folders}
