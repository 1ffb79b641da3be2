"""Fills an empty site once, through the same operations that everybody uses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from newel import SYSTEM, Conflict, hookimpl
from newel.app import App
from newel.operations import Operation, operations_of
from newel_demo.service import Demo


class DemoPlugin:
    """Runs ``demo.fill`` when the site starts; a site with content is left as it is."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._demo = Demo(app)

    @hookimpl
    def register_operations(self) -> list[Operation]:
        return operations_of(self._demo)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        try:
            await self._app.operations.run("demo.fill", {}, self._app.call(SYSTEM, "system"))
        except Conflict:
            self._app.log.debug("the site has content: the demonstration is left out")
        yield
