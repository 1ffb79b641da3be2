"""How routes reach the plugins that run, whatever is reloaded meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from newel_lua.faults import Away, Busy, CallFailed, Resting
from newel_lua.generation import Generation
from newel_lua.model import LuaValue
from newel_lua.registry import Registry
from newel_lua.routing.runtime import Mounted
from newel_lua.routing.table import LuaRoute, Table

if TYPE_CHECKING:
    from newel import Call


@frozen
class Served(Mounted):
    """With the code that it is."""

    generation: Generation = field(kw_only=True, repr=False)


@define
class _Table:
    granted: object
    served: Served
    routes: Mapping[tuple[str, str], LuaRoute]


class Routes:
    """``routing.Runtime`` over the registry."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._tables: dict[str, _Table] = {}

    def find(self, plugin: str) -> Served | None:
        known = self._registry.plugins.get(plugin)
        live = None if known is None else known.live
        if live is None:
            self._tables.pop(plugin, None)
            return None
        made = self._tables.get(plugin)
        if made is None or made.served.generation is not live or made.granted is not live.granted:
            routes: dict[tuple[str, str], LuaRoute] = {}
            for one in live.approved("route"):
                with suppress(ValueError):  # not one that could be called
                    route = LuaRoute.of(one.id, one.details)
                    routes[route.method, route.path] = route
            served = Served(live.self, Table(routes.values()), generation=live)
            made = _Table(live.granted, served, routes)
            self._tables[plugin] = made
        return made.served

    async def call(self, mounted: Mounted, route: LuaRoute, request: Mapping[str, LuaValue], call: Call) -> LuaValue:
        """By the code that serves now, where it has this route; else by that which served when the request came."""
        assert isinstance(mounted, Served)  # noqa: S101 - what find() answered
        name = mounted.generation.name
        plugin = self._registry.plugins[name]
        generation, found = mounted.generation, self.find(name)
        if found is not None and (same := self._tables[name].routes.get((route.method, route.path))) is not None:
            generation, route = found.generation, same
        if generation.ended:
            raise Away("it is not running")
        state = plugin.breaker.state
        try:
            with generation.using(), plugin.breaker.calling(Away, Busy, Resting):
                return await self._registry.call(generation, route.id, [request], "route", call)
        except CallFailed:
            if plugin.breaker.state == "open" != state:
                plugin.counters.trips += 1
            raise
