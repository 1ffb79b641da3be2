"""The door of plugins' routes with somebody in the place of those who run plugins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newel import Call, Manifest, Secret, hookimpl
from newel.app import App
from newel.contracts.http import Route
from newel_lua.config import LuaConfig
from newel_lua.model import Grants, LuaValue, Self
from newel_lua.routing.door import Door
from newel_lua.routing.runtime import Mounted, Runtime
from newel_lua.routing.table import LuaRoute, Table

SHOP = Self(
    name="shop", version="1.0.0", grants=Grants(), settings={"key": Secret("canary-7f3a"), "colour": "blue"}
)  # fmt: skip


class Plugins:
    """Routes by plugin, and what they answer (an exception: raise)."""

    manifest = Manifest(name="plugins_in_lua", summary="For tests.", load=f"{__name__}:Plugins")

    def __init__(self, app: App) -> None:
        self._door = Door(LuaConfig(requests_per_second=100), app.clock, app.log)
        self._door.runtime = self
        self.mounted: dict[str, Mounted] = {}
        self.answer: Any = {"status": 200}
        self.requests: list[Mapping[str, LuaValue]] = []
        self.called: list[LuaRoute] = []
        self.mount(
            {"method": "GET", "path": "/open", "public": True},
            {"method": "POST", "path": "/open", "public": True},
            {"method": "GET", "path": "/members"},
            {"method": "POST", "path": "/members"},
            {"method": "PUT", "path": "/stock", "permission": "shop.stock"},
            {"method": "GET", "path": "/", "public": True},
            {"method": "GET", "path": "/items/{id}", "public": True},
            {"method": "GET", "path": "/items/new", "public": True},
            {"method": "DELETE", "path": "/items/{id}", "public": True},
            {"method": "GET", "path": "/{kind}/new", "public": True},
        )

    @property
    def runtime(self) -> Runtime:
        return self._door.runtime

    @runtime.setter
    def runtime(self, runtime: Runtime) -> None:
        self._door.runtime = runtime

    def mount(self, *routes: Mapping[str, Any], plugin: Self = SHOP) -> None:
        made = [LuaRoute.of(number, details) for number, details in enumerate(routes, 1)]
        self.mounted[plugin.name] = Mounted(plugin, Table(made))

    def find(self, plugin: str) -> Mounted | None:
        return self.mounted.get(plugin)

    async def call(self, mounted: Mounted, route: LuaRoute, request: Mapping[str, LuaValue], call: Call) -> LuaValue:
        self.called.append(route)
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @hookimpl
    def register_routes(self) -> Sequence[Route]:
        return self._door.routes()
