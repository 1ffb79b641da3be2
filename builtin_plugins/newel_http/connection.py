"""One TCP connection. aiohttp reads HTTP; here stand our deadline for headers and our form of errors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

if TYPE_CHECKING:
    from newel_http.config import HttpConfig
    from newel_http.door import Door
    from newel_http.tls.redirect import Redirect

CUT_SECONDS = 2.0
"""How long a connection that was cut off may take to notice."""


class Connection(web.RequestHandler):
    """Closes a connection whose request does not arrive in time, and answers unreadable requests with a problem."""

    __slots__ = ("_connections", "_door", "_fresh", "_header_seconds", "_header_timer", "_line_limit", "_told", "lost")

    def __init__(
        self, connections: Connections, door: Door | Redirect, config: HttpConfig, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(
            connections,
            loop=loop,
            keepalive_timeout=config.idle_seconds,
            access_log=None,  # type: ignore[arg-type]  # aiohttp takes None: the door writes its own line
            max_line_size=config.max_header_line,
            # One more than for the request line, so that the error tells which of them was too long.
            max_field_size=config.max_header_line + 1,
            max_headers=config.max_headers,
            lingering_time=2.0,
            auto_decompress=False,
        )
        self._connections = connections
        self._door = door
        self._line_limit = config.max_header_line
        self._header_seconds = config.header_seconds
        self._header_timer: asyncio.TimerHandle | None = None
        self._fresh = True
        """Whether no request was complete yet."""
        self.lost = False
        self._told: Callable[[], None] | None = None

    @contextmanager
    def when_lost(self, tell: Callable[[], None]) -> Iterator[None]:
        """Inside the block ``tell`` is called when the client goes away; at once when it has gone already."""
        self._told = tell
        try:
            if self.lost:
                tell()
            yield
        finally:
            self._told = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self._task_handler is not None:
            self._connections.keep(self._task_handler)
        self._header_timer = self._loop.call_later(self._header_seconds, self._too_slow)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._disarm()
        self.lost = True
        if self._told is not None:
            self._told()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._fresh = self._fresh and not self._messages
        if self._waits():
            if self._header_timer is None:
                self._header_timer = self._loop.call_later(self._header_seconds, self._too_slow)
        elif self._header_timer is not None:
            self._disarm()

    def _waits(self) -> bool:
        """Whether a request has begun to arrive and none is complete or being answered."""
        if self._waiter is None:  # aiohttp's task answers, or has not begun: TLS brings data early
            return self._fresh
        return not self._waiter.done()

    def _disarm(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _too_slow(self) -> None:
        self._header_timer = None
        if self._waits():
            self.force_close()

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Called by aiohttp for what it cannot read, and for answers that failed while they were sent."""
        if request.writer.output_size > 0:
            if exc is not None and not isinstance(exc, ConnectionError):
                self._door.broken(500, "internal_error", "", exc)
            raise ConnectionError("a part of the answer is sent already")
        if not isinstance(exc, HttpProcessingError):
            told = None if isinstance(exc, ConnectionError) else exc
            return self._door.broken(500, "internal_error", "something failed on our side", told)
        if isinstance(exc, LineTooLong):
            if exc.args[1] == self._line_limit:
                return self._door.broken(414, "uri_too_long", f"the address is longer than {exc.args[1]} bytes")
            detail = f"a header is longer than {self._line_limit} bytes"
            return self._door.broken(431, "header_fields_too_large", detail)
        if "Too many headers" in exc.message:
            return self._door.broken(431, "header_fields_too_large", "there are too many headers")
        return self._door.broken(400, "malformed", "this is no well-formed HTTP/1.1 request")


class Connections(web.Server):
    """Makes a ``Connection`` for every client."""

    def __init__(self, door: Door | Redirect, config: HttpConfig) -> None:
        super().__init__(door.answer)
        self._door = door
        self._config = config
        self._tasks: set[asyncio.Task[None]] = set()

    def keep(self, task: asyncio.Task[None]) -> None:
        """Remembers the task of a connection until it ends; aiohttp forgets those whose client has gone."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def gone(self) -> None:
        """Returns when nothing of any connection is left."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CUT_SECONDS)

    def __call__(self, *_: Any) -> Connection:
        return Connection(self, self._door, self._config, self._loop)
