"""Rows as the server sends them, in bounded memory.

The server keeps nothing for us: the connection is busy until the last row has come. So another statement in the same
transaction first takes what is left into memory.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from asyncmy.cursors import SSCursor

from newel.contracts.database import Row

ROWS = 500
CHARACTERS = 1_000_000
_STEP = 16
_AHEAD = 512 * 1024  # bytes that are read before the driver asks for more


class _Gate(asyncio.BufferedProtocol):
    """Between the transport and the driver, which reads as fast as the server sends: stops the transport until the
    driver waits for data again."""

    def __init__(self, raw: Any) -> None:
        self._loop = asyncio.get_running_loop()
        self._inner = raw._proto
        self._transport = raw._transport
        self._taken = 0
        self._shut = False
        self._transport.set_protocol(self)

    def get_buffer(self, sizehint: int) -> Any:
        return self._inner.get_buffer(sizehint)

    def buffer_updated(self, nbytes: int) -> None:
        self._inner.buffer_updated(nbytes)
        self._taken += nbytes
        if self._taken >= _AHEAD and not self._shut:
            self._shut = True
            self._transport.pause_reading()
            self.look()

    def look(self) -> None:
        """Opens it again if the driver waits: asked when it has had its turn."""
        self._loop.call_soon(self._looked)

    def _looked(self) -> None:
        if self._shut and self._inner._read_waiter is not None:
            self.open()

    def open(self) -> None:
        self._taken = 0
        if self._shut and not self._transport.is_closing():
            self._shut = False
            self._transport.resume_reading()

    def remove(self) -> None:
        self.open()
        if not self._transport.is_closing():
            self._transport.set_protocol(self._inner)

    # The rest is the driver's.

    def eof_received(self) -> Any:
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()


class Unread:
    """A result that is being read. Its coroutines run as statements do."""

    def __init__(self, raw: Any, stop: Callable[[], Awaitable[None]]) -> None:
        self._raw = raw
        self._stop = stop
        self._cursor: Any = SSCursor(raw)
        self._names: tuple[str, ...] = ()
        self._kept: deque[list[Row]] = deque()
        self._gate: _Gate | None = None
        self.over = False
        """The connection is free again."""

    async def open(self, text: str) -> None:
        self._gate = _Gate(self._raw)
        try:
            await self._cursor.execute(text)
        except BaseException:
            self._end()
            raise
        self._names = tuple(column[0] for column in self._cursor.description or ())

    def _end(self) -> None:
        self.over = True
        if self._gate is not None:
            self._gate.remove()

    async def more(self) -> list[Row]:
        """The next rows, bounded in number and, but for the last ones, in size."""
        if self._kept:
            return self._kept.popleft()
        return [] if self.over else await self._read()

    async def _read(self) -> list[Row]:
        names = self._names
        rows: list[Row] = []
        size = 0
        while len(rows) < ROWS and size < CHARACTERS:
            found = await self._fetched(_STEP)
            if not found:
                self._end()
                break
            for row in found:
                size += sum(len(value) for value in row if isinstance(value, str | bytes))
                rows.append(dict(zip(names, row, strict=True)))
        return rows

    async def _fetched(self, count: int) -> list[Any]:
        if self._gate is not None:
            self._gate.look()
        found: list[Any] = await self._cursor.fetchmany(count)
        return found

    async def keep(self) -> None:
        """Reads all that is left into memory."""
        while not self.over:
            if rows := await self._read():
                self._kept.append(rows)

    async def drop(self) -> None:
        """Ends it early: the server stops, and what is under way already is read and forgotten."""
        self._kept.clear()
        if self.over:
            return
        await self._stop()
        with suppress(Exception):  # 1317, which is what was asked for; a lost connection shows at the next statement
            while await self._fetched(ROWS):
                pass
        self._end()
