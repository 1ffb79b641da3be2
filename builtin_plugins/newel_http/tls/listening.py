"""The listening socket with TLS."""

from __future__ import annotations

import asyncio
import ssl

from aiohttp import web

SHUTDOWN_SECONDS = 2.0
"""How long a client may take to say farewell."""


class TlsSite(web.TCPSite):
    """Like its parent, with a deadline for handshakes: a client that begins one and falls silent is cut off."""

    def __init__(
        self, runner: web.ServerRunner, host: str, port: int, *, context: ssl.SSLContext, seconds: float, backlog: int
    ) -> None:
        super().__init__(runner, host, port, ssl_context=context, backlog=backlog)
        self._place, self._context, self._seconds, self._waiting = (host, port), context, seconds, backlog

    async def start(self) -> None:
        await web.BaseSite.start(self)
        server = self._runner.server
        assert server is not None  # noqa: S101 - the runner was set up
        self._server = await asyncio.get_running_loop().create_server(
            server, *self._place, ssl=self._context, backlog=self._waiting,
            ssl_handshake_timeout=self._seconds, ssl_shutdown_timeout=SHUTDOWN_SECONDS,
        )  # fmt: skip
