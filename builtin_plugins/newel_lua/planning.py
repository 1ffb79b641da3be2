"""How schedules, and texts, reach the plugins that run, whatever is reloaded meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from newel_lua.faults import Away, Busy, Resting
from newel_lua.generation import Generation
from newel_lua.life import Life
from newel_lua.modules.i18n import Catalogue
from newel_lua.modules.schedule import Planned
from newel_lua.schedules import LuaSchedule

if TYPE_CHECKING:
    from newel import Call


class Plans:
    """``modules.schedule.Planner`` over the plugins of this process, which it starts where nobody has yet."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._registry = life.registry

    async def planned(self) -> Sequence[Planned]:
        await self._life.ensure()
        lives = [plugin.live for plugin in self._registry.plugins.values() if plugin.live is not None]
        return [Planned(plugin=live.self, schedule=one) for live in lives for one in _schedules(live)]

    async def run(self, planned: Planned, call: Call) -> None:
        """By the code that serves now."""
        plugin = self._registry.plugins.get(planned.plugin.name)
        live = None if plugin is None else plugin.live
        if plugin is None or live is None or live.ended:
            raise Away("it is not running")
        found = next((one for one in _schedules(live) if one.name == planned.schedule.name), None)
        if found is None:
            raise Away("its code has no such schedule any more")
        with live.using(), plugin.breaker.calling(Away, Busy, Resting):
            await self._registry.call(live, found.id, [], "schedule", call)

    def texts(self, plugin: str) -> Catalogue:
        """For ``i18n``."""
        known = self._registry.plugins.get(plugin)
        return {} if known is None or known.live is None else known.live.examined.texts


def _schedules(live: Generation) -> list[LuaSchedule]:
    found = []
    for one in live.approved("schedule"):
        with suppress(ValueError):  # not one that could be called
            found.append(LuaSchedule.of(one.id, one.details))
    return found
