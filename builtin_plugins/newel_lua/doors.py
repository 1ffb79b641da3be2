"""How routes and hooks reach the plugins that run, whatever is reloaded meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from newel_lua.faults import Away, Busy, CallFailed, LuaError, Resting
from newel_lua.generation import Generation
from newel_lua.hooks.model import LuaHook
from newel_lua.model import Kind, LuaValue, Registration
from newel_lua.modules.settings import masked
from newel_lua.registry import Registry
from newel_lua.request import Item, item_of
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
        """By the code that serves now, where it has this route with the same terms: whoever asks was judged by them.
        Else by that which served when the request came. What is no longer approved is ``Away``."""
        assert isinstance(mounted, Served)  # noqa: S101 - what find() answered
        name = mounted.generation.name
        plugin = self._registry.plugins[name]
        generation, found = mounted.generation, self.find(name)
        same = None if found is None else self._tables[name].routes.get((route.method, route.path))
        if found is not None and same is not None and _item(same) == _item(route):
            generation, route = found.generation, same
        if generation.ended or _item(route) not in generation.granted:
            raise Away("it is not running")
        state = plugin.breaker.state
        try:
            with generation.using(), plugin.breaker.calling(Away, Busy, Resting):
                return await self._registry.call(generation, route.id, [request], "route", call)
        except CallFailed:
            if plugin.breaker.state == "open" != state:
                plugin.counters.trips += 1
            raise


def _item(route: LuaRoute) -> Item | None:
    details = {"method": route.method, "path": route.path, "public": route.public, "permission": route.permission}
    return item_of(Registration(what="route", id=0, details=details))


@frozen(eq=False)
class _Hooked:
    """A hook, where its function is, and what of it is the same in other code of the plugin."""

    hook: LuaHook
    item: Item
    generation: Generation
    id: int
    key: tuple[str, str, int, int]
    """Event, table, priority, and which of those that are equal in these."""


class Hooks:
    """``hooks.model.Caller`` over the registry."""

    def __init__(self, registry: Registry, log: logging.Logger) -> None:
        self._registry = registry
        self._log = log
        self._of: dict[str, tuple[Generation, list[_Hooked]]] = {}
        self._index: dict[str, tuple[LuaHook, ...]] | None = None
        registry.listeners.append(self._forget)

    def hooks_for(self, event: str) -> Sequence[LuaHook]:
        if self._index is None:
            self._index = self._indexed()
        return self._index.get(event, ())

    async def call(
        self, hook: LuaHook, arguments: Sequence[LuaValue], kind: Kind, call: Call, *, seconds: float
    ) -> LuaValue:
        """By the code that the hook is of; where that is gone meanwhile, by the same hook of the code that took over,
        and by nobody where that has none."""
        found: _Hooked | None = hook.handle
        if found is not None and found.generation.ended:
            there = self._hooked(found.generation.name)
            found = next((one for one in there if one.key == hook.handle.key and _runs(one)), None)
        if found is None or not _runs(found):
            return None
        with found.generation.using() as generation:
            return await self._registry.call(generation, found.id, arguments, kind, call, seconds=seconds)

    def failed(self, hook: LuaHook, error: CallFailed) -> None:
        text = str(error)
        plugin = self._registry.plugins.get(hook.plugin)
        if plugin is not None and plugin.live is not None:
            text = masked(plugin.live.self, text)
        place = {"file": error.file, "line": error.line} if isinstance(error, LuaError) else {}
        details = {"plugin": hook.plugin, "hook": f"{hook.event} {hook.table}", "cause": text} | place
        self._log.warning("a hook of a Lua plugin failed", extra=details)
        if hook.off and plugin is not None:
            plugin.hooks_off.add(f"{hook.event} {hook.table}")
            plugin.counters.trips += 1
            self._log.error("a hook of a Lua plugin is switched off", extra=details)

    def _forget(self) -> None:
        self._index = None

    def _indexed(self) -> dict[str, tuple[LuaHook, ...]]:
        found: dict[str, list[LuaHook]] = {}
        for name in self._registry.plugins:
            for one in self._hooked(name):
                if _runs(one):
                    found.setdefault(one.hook.event, []).append(one.hook)
        return {event: tuple(hooks) for event, hooks in found.items()}

    def _hooked(self, name: str) -> list[_Hooked]:
        """All hooks of the code that runs, approved or not; the same objects for as long as it does."""
        live = self._registry.plugins[name].live
        if live is None:
            self._of.pop(name, None)
            return []
        known = self._of.get(name)
        if known is None or known[0] is not live:
            known = (live, list(_hooks_of(live)))
            self._of[name] = known
        return known[1]


def _runs(one: _Hooked) -> bool:
    return one.item in one.generation.granted


def _hooks_of(generation: Generation) -> Iterator[_Hooked]:
    seen: dict[tuple[str, str, int], int] = {}
    for one in generation.instance.registrations:
        if one.what != "hook" or (item := item_of(one)) is None:
            continue
        try:
            hook = LuaHook.of(generation.name, one)
        except (KeyError, TypeError, ValueError):  # not one that could be called
            continue
        place = (hook.event, hook.table, hook.priority)
        seen[place] = seen.get(place, 0) + 1
        hook.handle = _Hooked(hook, item, generation, one.id, (*place, seen[place]))
        yield hook.handle
