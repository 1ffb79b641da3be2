"""Provides the terminal admin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from newel import hookimpl, operations_of
from newel.contracts.migrations import Migration
from newel.contracts.terminal import Terminal, TerminalAdmin, Visitor
from newel.operations import Operation
from newel_tui.afar import Afar
from newel_tui.config import TuiConfig
from newel_tui.gateway.local import Catalogue, LocalGateway
from newel_tui.kept import KeptForms
from newel_tui.migrations import STEPS

if TYPE_CHECKING:
    from click import Command

    from newel.app import App


class TuiPlugin:
    """Keeps ``TerminalAdmin``."""

    def __init__(self, app: App, config: TuiConfig) -> None:
        self._app = app
        self._config = config
        self._catalogue = Catalogue(app)
        self._afar = Afar(app, self._catalogue)
        self._kept = KeptForms(app, config)

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(self._afar, self._kept)

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        return STEPS

    @hookimpl
    def register_commands(self) -> Sequence[Command]:
        from newel_tui.commands import tui

        return [tui]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._app.provide(TerminalAdmin, self)
        async with self._afar.running(), self._kept.running():
            yield

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        # A third of a second of imports, before somebody waits for them.
        task = asyncio.create_task(asyncio.to_thread(import_module, "newel_tui.serving"), name="tui: imports")
        try:
            yield
        finally:
            await asyncio.gather(task, return_exceptions=True)

    async def serve(self, terminal: Terminal, visitor: Visitor) -> int:
        from newel_tui.serving import serve  # a third of a second of imports that a site without visitors does not need

        gateway = LocalGateway(self._app, self._catalogue, visitor, local_files=terminal.local)
        return await serve(gateway, terminal, self._config, self._app.clock, self._app.log)
