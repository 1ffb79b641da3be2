"""The listening socket: opened when everybody runs, drained when the site stops."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from newel.errors import BootError
from newel_http.clients import Proxies
from newel_http.door import Door
from newel_http.router import Entry, Router

if TYPE_CHECKING:
    from newel.app import App
    from newel_http.config import HttpConfig


class Server:
    """Keeps the contract ``HttpServer``."""

    def __init__(self, app: App, config: HttpConfig) -> None:
        self._app = app
        self._config = config
        self._url = ""
        self.draining = False

    @property
    def url(self) -> str:
        return self._url

    @asynccontextmanager
    async def open(self, entries: Iterable[Entry]) -> AsyncIterator[None]:
        """Listens inside the block. Then running requests finish, for ``drain_seconds`` at most."""
        config = self._config
        door = Door(self._app, config, Router(entries), Proxies(config.trusted_proxies))
        server = web.Server(
            door.answer,  # type: ignore[arg-type]  # aiohttp takes any StreamResponse
            access_log=None,
            keepalive_timeout=config.idle_seconds,
            max_line_size=config.max_header_line,
            max_field_size=config.max_header_line,
        )
        runner = web.ServerRunner(server, shutdown_timeout=config.drain_seconds)
        await runner.setup()
        try:
            await self._listen(runner)
            yield
            self.draining = door.draining = True
        finally:
            await runner.cleanup()

    async def _listen(self, runner: web.ServerRunner) -> None:
        host, port = self._config.host, self._config.port
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            why = {
                errno.EADDRINUSE: f"port {port} is in use: stop the other program, or choose another http.port",
                errno.EACCES: f"port {port} may not be opened by this user: choose one above 1023 (http.port)",
            }.get(error.errno or 0, f"cannot listen on {host}:{port}: {error.strerror or error}; look at http.host")
            raise BootError(why) from None
        found = runner.addresses[0]
        shown = f"[{found[0]}]" if ":" in str(found[0]) else found[0]
        self._url = f"http://{shown}:{found[1]}"
