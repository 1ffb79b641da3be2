"""What the routes of plugins need of those who run plugins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from attrs import frozen

from newel_lua.model import LuaValue, Self
from newel_lua.routing.table import LuaRoute, Table

if TYPE_CHECKING:
    from newel import Call


class HandlerFailed(Exception):
    """The plugin raised, or its answer could not be taken. The text names file and line; it is for the log only."""


class HandlerTimeout(Exception):
    """It took longer than it may: by the clock, of processor time, or of instructions. The text says which."""


class Busy(Exception):
    """As many calls of the plugin as may run are running, and none ended in time."""


class Away(Exception):
    """The plugin does not run now: it is switched off, failed to load, or its process is being replaced."""


@frozen
class Mounted:
    """A plugin that answers, with its approved routes."""

    plugin: Self
    table: Table


class Runtime(Protocol):
    """Finds plugins and calls them."""

    def find(self, plugin: str) -> Mounted | None:
        """What a plugin serves now; ``None`` where there is no such plugin, or it is switched off. Costs nothing."""

    async def call(self, mounted: Mounted, route: LuaRoute, request: Mapping[str, LuaValue], call: Call) -> LuaValue:
        """The first value that the route's function answers to a request table.

        Raises ``HandlerFailed``, ``HandlerTimeout``, ``Busy``, ``Away``, ``newel_lua.breaker.Resting``.
        """
