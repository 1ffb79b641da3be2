"""What the routes of plugins need of those who run plugins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from attrs import frozen

from newel_lua.model import LuaValue, Self
from newel_lua.routing.table import LuaRoute, Table

if TYPE_CHECKING:
    from newel import Call


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
        """What the route's function answers to a request table. Raises ``newel_lua.faults.CallFailed``."""
