"""One plugin as ``core`` sees it."""

from __future__ import annotations

from typing import Any

from newel import SYSTEM
from newel.app import App
from newel.testing import actor
from newel_lua.model import Grants, Run, Self
from newel_lua.modules.core import Core

ALL = {name: frozenset({"read", "write"}) for name in ("content_data", "content_fields", "media")} | {
    name: frozenset({"read"})
    for name in ("datatypes", "fields", "tables", "routes", "users", "roles", "permissions", "role_permissions",
                 "change_events")
}  # fmt: skip


class Plugin:
    """Calls functions of ``core`` as one plugin."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._core = Core(app)
        self.grants = Grants(core=ALL)
        self.run = self.started()

    def started(self, **more: Any) -> Run:
        plugin = Self(name="shop", version="1", grants=self.grants)
        given = {"kind": "route", "operations": 1000, **more}
        return Run(plugin=plugin, call=self.app.call(SYSTEM, "test"), **given)

    async def __call__(self, function: str, *arguments: Any) -> Any:
        return await self._core.functions[function](self.run, arguments)

    async def ours(self, operation: str, /, **order: Any) -> Any:
        return await self.app.operations.run(operation, order, self.app.call(actor("admin"), "test"))
