"""Starts and stops the HTTP door."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from newel import hookimpl
from newel.contracts.http import HttpServer
from newel.contracts.site import Finding, HealthCheck, Metric
from newel.hooks.http import register_routes
from newel_http.clients import Proxies
from newel_http.config import HttpConfig
from newel_http.figures import Traffic
from newel_http.looking import Looking

if TYPE_CHECKING:
    from newel.app import App
    from newel_http.server import Server


class HttpPlugin:
    """Provides ``HttpServer`` while the site is served."""

    def __init__(self, app: App, config: HttpConfig) -> None:
        self._app = app
        self._config = config
        self._proxies = Proxies(config.trusted_proxies)
        self._traffic = Traffic()
        app.follow(self._anew, register_routes)

    @cached_property
    def _server(self) -> Server:
        # A tenth of a second of imports, which commands on a site do not need.
        from newel_http.server import Server

        return Server(self._app, self._config, self._proxies, self._traffic)

    def _anew(self) -> None:
        if "_server" in vars(self):
            self._server.anew()

    @hookimpl
    def register_metrics(self) -> Sequence[Metric]:
        running = Metric(
            name="http_requests_running", summary="Requests under way.", read=lambda: float(self._server.running)
        )
        return (*self._traffic.metrics(), running)

    @hookimpl
    def register_health_checks(self) -> Sequence[HealthCheck]:
        looked = Looking(self._app, self._config).checks()
        if not self._config.certificate:
            return looked
        summary = "The certificate is good for a while"
        return (*looked, HealthCheck(name="http.certificate", summary=summary, look=self._look, running=False))

    async def _look(self) -> Finding:
        certificates = self._server.certificates
        assert certificates is not None  # noqa: S101 - asked only where there is one
        return await certificates.look()

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
