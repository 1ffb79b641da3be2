"""Rows as the server sends them, in bounded memory.

The server keeps nothing for us: the connection is busy until the last row has come. So another statement in the same
transaction first takes what is left into memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from asyncmy.cursors import SSCursor

from newel.contracts.database import Row

ROWS = 500
CHARACTERS = 1_000_000
_STEP = 16


class Unread:
    """A result that is being read. All but ``pause`` and ``resume`` runs as a statement does."""

    def __init__(self, raw: Any, stop: Callable[[], Awaitable[None]]) -> None:
        self._raw = raw
        self._stop = stop
        self._cursor: Any = SSCursor(raw)
        self._names: tuple[str, ...] = ()
        self._kept: deque[list[Row]] = deque()
        self.over = False
        """The connection is free again."""

    async def open(self, text: str) -> None:
        await self._cursor.execute(text)
        self._names = tuple(column[0] for column in self._cursor.description or ())
        self._pause()

    async def more(self) -> list[Row]:
        """The next rows, bounded in number and, but for the last ones, in size."""
        if self._kept:
            return self._kept.popleft()
        return [] if self.over else await self._read()

    async def _read(self) -> list[Row]:
        self._resume()
        names = self._names
        rows: list[Row] = []
        size = 0
        while len(rows) < ROWS and size < CHARACTERS:
            found = await self._cursor.fetchmany(_STEP)
            if not found:
                self.over = True
                return rows
            for row in found:
                size += sum(len(value) for value in row if isinstance(value, str | bytes))
                rows.append(dict(zip(names, row, strict=True)))
        self._pause()
        return rows

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
        self._resume()
        with suppress(Exception):  # 1317, which is what was asked for; a lost connection shows at the next statement
            while await self._cursor.fetchmany(ROWS):
                pass
        self.over = True

    # The driver reads as fast as the server sends. Only its transport can be told to wait.

    def _pause(self) -> None:
        with suppress(RuntimeError, AttributeError):  # closed meanwhile
            self._raw._transport.pause_reading()

    def _resume(self) -> None:
        with suppress(RuntimeError, AttributeError):
            self._raw._transport.resume_reading()
