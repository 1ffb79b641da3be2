"""Reads: in the event loop while they are short, on a thread when they are not.

A thread hop costs more than the usual read (some 30 µs against 30), so a read is tried in the loop first. SQLite looks
at the clock as it runs; over the time allowed the read is dropped and asked again on a thread, and its statement goes
there directly the next times: twice, and twice as often at each further failure. So a statement that is slow costs the
loop next to nothing, and one that was merely unlucky (a busy machine) is back at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from random import uniform
from time import perf_counter
from typing import Any, TypeVar

from newel.contracts.database import Value
from newel.errors import Transient
from newel.sql.figures import Load
from newel_sqlite.backend import Line, Order, Watch
from newel_sqlite.faults import Busy, TooSlow
from newel_sqlite.statements import Statement

T = TypeVar("T")
Ask = Callable[..., Any]
MOST_STRIKES = 6  # 64 uses on a thread until a slow statement is tried in the loop again
_LONGEST_PAUSE = 0.02


async def patiently(attempt: Callable[[], Awaitable[T]], seconds: float) -> T:
    """Tries until another process lets go. Pauses stay short, so a process that waits long is not put at the back."""
    until = perf_counter() + seconds
    pause = 0.001
    while True:
        try:
            return await attempt()
        except Busy:
            if perf_counter() > until:
                raise
        await asyncio.sleep(uniform(pause / 2, pause))  # noqa: S311 - spreads processes; no secret
        pause = min(pause * 2, _LONGEST_PAUSE)


class Reader:
    """Reads on one line: inline within the time, else on its thread. Counts what went where, for tests and figures."""

    def __init__(self, seconds: float, busy_seconds: float, watch: Watch = perf_counter) -> None:
        self._seconds = seconds
        self._watch = watch
        self._busy_seconds = busy_seconds
        self._spent = 0.0
        self.inline = 0
        self.threaded = 0

    async def brief(self, line: Line, ask: Ask, statement: Statement, values: Mapping[str, Value] | None) -> Any:
        """Tries it in the loop. Raises ``TooSlow`` (then ask ``slow``) or ``Busy``."""
        if statement.slow or not self._seconds:
            raise TooSlow
        begun = self._watch()
        try:
            answer = await line.ask(Order(partial(_asked, ask, statement, values), statement.sql, brief=self._seconds))
        except TooSlow:
            _strike(statement)
            raise
        took = self._watch() - begun
        if took > 2 * self._seconds:  # time SQLite does not look at the clock in, such as copying a huge value
            _strike(statement)
        elif statement.strikes:
            statement.strikes -= 1
        self.inline += 1
        self._spent += took
        if self._spent > self._seconds:
            # Many short reads in a row never wait for anything: let the others run.
            self._spent = 0.0
            await asyncio.sleep(0)
        return answer

    async def slow(self, line: Line, ask: Ask, statement: Statement, values: Mapping[str, Value] | None) -> Any:
        """Asks on the line's thread."""
        order = Order(partial(_asked, ask, statement, values), statement.sql)
        answer = await patiently(lambda: line.ask(order), self._busy_seconds)
        self.threaded += 1
        if statement.slow:
            statement.slow -= 1
        return answer

    async def on(self, line: Line, ask: Ask, statement: Statement, values: Mapping[str, Value] | None) -> Any:
        """On a line that is the caller's own."""
        try:
            return await self.brief(line, ask, statement, values)
        except (TooSlow, Busy):
            return await self.slow(line, ask, statement, values)


def _strike(statement: Statement) -> None:
    statement.strikes = min(statement.strikes + 1, MOST_STRIKES)
    statement.slow = 2**statement.strikes


def _asked(ask: Ask, statement: Statement, values: Mapping[str, Value] | None, raw: Any) -> Any:
    return ask(raw, statement, values)


class Pool:
    """Lines that are lent out, opened when first needed. Who comes first is served first."""

    def __init__(self, opens: Callable[[int], Awaitable[Line]], size: int, patience: float) -> None:
        self._opens = opens
        self.size = size
        self._patience = patience
        self._free = asyncio.Semaphore(size)
        self._idle: deque[Line] = deque()
        self._lines: list[Line] = []
        self._waiting = 0

    @property
    def load(self) -> Load:
        return Load(len(self._lines) - len(self._idle), len(self._idle), self._waiting)

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[Line]:
        """A line for this block. ``Transient`` where none comes free in time."""
        if self._free.locked():
            self._waiting += 1
            try:
                async with asyncio.timeout(self._patience):
                    await self._free.acquire()
            except TimeoutError:
                raise Transient(f"all {self.size} reading connections are in use", code="database_busy") from None
            finally:
                self._waiting -= 1
        else:
            await self._free.acquire()
        try:
            line = self._idle.pop() if self._idle else await self._open()
            try:
                yield line
            finally:
                self._idle.append(line)
        finally:
            self._free.release()

    async def _open(self) -> Line:
        line = await self._opens(len(self._lines))
        self._lines.append(line)
        return line

    async def close(self) -> None:
        """Closes all lines; those in use have been asked to come to an end before."""
        for line in self._lines:
            await line.close()
        self._lines.clear()
        self._idle.clear()
