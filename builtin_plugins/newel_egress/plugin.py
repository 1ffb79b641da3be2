"""Outgoing requests: hooks and the running part."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import hookimpl, operations_of
from newel.contracts.egress import Egress
from newel_egress.config import EgressConfig
from newel_egress.resolving import Resolve, SystemResolver
from newel_egress.service import Checking

if TYPE_CHECKING:
    from click import Command

    from newel.app import App
    from newel.contracts.tui import Screen
    from newel.operations import Operation


class EgressPlugin:
    """Provides ``Egress``. ``resolve`` may be replaced while it runs: tests ask a name server of their own."""

    resolve: Resolve

    def __init__(self, app: App, config: EgressConfig) -> None:
        self._app = app
        self._config = config

    @hookimpl
    def register_screens(self) -> Sequence[Screen]:
        from newel_egress.screens import SCREENS

        return SCREENS

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(Checking(lambda: self._app.need(Egress)))

    @hookimpl
    def register_commands(self) -> Sequence[Command]:
        from newel_egress.commands import egress

        return [egress]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        import ssl

        from newel_egress.client import Client  # only here: it brings aiohttp

        self.resolve = system = SystemResolver()
        tls = ssl.create_default_context()
        client = Client(self._config, lambda name, port: self.resolve(name, port), tls, self._app.log)
        self._app.provide(Egress, client)
        try:
            yield
        finally:
            system.close()
