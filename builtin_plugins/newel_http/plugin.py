"""Starts and stops the HTTP door."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import hookimpl
from newel.contracts.http import HttpServer
from newel.contracts.site import Metric
from newel.hooks.http import register_routes
from newel_http.clients import Proxies
from newel_http.config import HttpConfig
from newel_http.server import Server

if TYPE_CHECKING:
    from newel.app import App


class HttpPlugin:
    """Provides ``HttpServer`` while the site is served."""

    def __init__(self, app: App, config: HttpConfig) -> None:
        self._app = app
        self._config = config
        self._server = Server(app, config, Proxies(config.trusted_proxies))
        app.follow(self._server.anew, register_routes)

    @hookimpl
    def register_metrics(self) -> Sequence[Metric]:
        return self._server.metrics()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        async with self._server.listen():
            yield

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        server = self._server
        async with server.open():
            self._app.provide(HttpServer, server)
            self._app.announce("site", server.url)
            if self._config.docs:
                self._app.announce("docs", f"{server.url}/api/docs")
            yield
