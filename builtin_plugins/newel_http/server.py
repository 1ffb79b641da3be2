"""Listening, and stopping without dropping anybody."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from newel.contracts.http import HttpAnswer
from newel.errors import BootError
from newel_http.clients import Proxies
from newel_http.config import reached
from newel_http.connection import Connections
from newel_http.door import Door
from newel_http.entries import router_anew, router_of
from newel_http.figures import Traffic
from newel_http.pages import Pages, read_page
from newel_http.probes import Probes
from newel_http.router import Entry, Router
from newel_http.security_txt import SecurityTxt
from newel_http.tls.keeper import Certificates
from newel_http.tls.listening import TlsSite
from newel_http.tls.redirect import Redirect

if TYPE_CHECKING:
    from newel.app import App
    from newel_http.config import HttpConfig

BACKLOG = 1024
CANCEL_SECONDS = 1.0
"""How long a request that was cancelled at the end of the drain may take to notice."""


class Server:
    """The door (``newel.contracts.http.HttpServer``): it listens while the site starts, and opens when it is ready."""

    def __init__(self, app: App, config: HttpConfig, proxies: Proxies, traffic: Traffic) -> None:
        self._app = app
        self._config = config
        self._probes = Probes(app, self)
        self._door = Door(app, config, proxies, traffic)
        self._site: web.TCPSite | None = None
        self.certificates = Certificates(app, config) if config.certificate else None
        self._redirect = Redirect(app, config) if config.redirect_port else None
        self._url = ""
        self._page: HttpAnswer | None = None
        self.draining = False

    @property
    def url(self) -> str:
        if not self._url:
            raise RuntimeError("the HTTP door is not open")
        return self._url

    @property
    def running(self) -> int:
        """Requests under way."""
        return len(self._door.running)

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[None]:
        """Answers probes inside the block. Raises ``BootError`` in one line when the address cannot be had."""
        door = self._door
        door.router, door.starting, door.draining, self.draining = Router(self._probes.entries()), True, False, False
        async with AsyncExitStack() as stack:
            certificates, redirect = self.certificates, self._redirect
            if certificates is not None:
                await stack.enter_async_context(certificates.kept())
            port = await stack.enter_async_context(self._listening(door, self._config.port, certificates))
            if redirect is not None:
                redirect.port = port
                await stack.enter_async_context(self._listening(redirect, self._config.redirect_port, None))
            self._url = reached("http" if certificates is None else "https", self._config.host, port)
            stack.callback(setattr, self, "_url", "")
            yield

    @asynccontextmanager
    async def _listening(
        self, door: Door | Redirect, port: int, certificates: Certificates | None
    ) -> AsyncIterator[int]:
        """Listens inside the block, and gives the port."""
        config = self._config
        connections = Connections(door, config)
        runner = web.ServerRunner(connections, shutdown_timeout=CANCEL_SECONDS)
        await runner.setup()
        if certificates is None:
            site = web.TCPSite(runner, config.host, port, backlog=BACKLOG)
        else:
            context, seconds = certificates.context, config.header_seconds
            site = TlsSite(runner, config.host, port, context=context, seconds=seconds, backlog=BACKLOG)
        if isinstance(door, Door):
            self._site = site
        try:
            try:
                await site.start()
            except (OSError, UnicodeError) as error:
                raise refused(error, config, port) from None
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()
            await connections.gone()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Answers everything inside the block; then takes no new connection and waits for the running requests."""
        assert self._site is not None  # noqa: S101 - it listens already
        self._page = await asyncio.to_thread(read_page) if self._config.docs else None
        self._door.router = router_of(self._app, self._config, self._own())
        self._door.starting = False
        yield
        self.draining = self._door.draining = True
        await self._site.stop()
        await self._drained(self._door)

    def anew(self) -> None:
        """Answers what the plugins bring now; requests that were found an answer keep it."""
        if not self._door.starting:
            self._door.router = router_anew(self._app, self._config, self._own())

    def _own(self) -> list[Entry]:
        own = self._probes.entries() + SecurityTxt(self._app, self._config).entries()
        return own + ([] if self._page is None else Pages(self._app, self._page).entries())

    async def _drained(self, door: Door) -> None:
        """Waits for the running requests. aiohttp would stop reading their bodies, so this comes before its end."""
        try:
            async with asyncio.timeout(self._config.drain_seconds):
                await door.idle()
        except TimeoutError:
            self._app.log.warning("requests were cut off at the stop", extra={"requests": len(door.running)})


def refused(error: OSError | UnicodeError, config: HttpConfig, port: int | None = None) -> BootError:
    """Why the address cannot be had, and what to do."""
    place = f"{config.host} port {config.port if port is None else port}"
    if isinstance(error, socket.gaierror | UnicodeError):
        return BootError(f"http.host: '{config.host}' is no address of this machine; try 127.0.0.1 or 0.0.0.0")
    match error.errno:
        case errno.EADDRINUSE:
            why = "it is in use. Stop the program that holds it, or choose another port: --set http.port=8421"
        case errno.EACCES | errno.EPERM:
            why = "this user may not. Choose a port from 1024 up, and let a proxy hold the privileged one"
        case errno.EADDRNOTAVAIL:
            why = "this machine has no such address; try 127.0.0.1 or 0.0.0.0"
        case _:
            why = error.strerror or str(error)
    return BootError(f"cannot listen on {place}: {why}")
