"""Connections that are lent out: who comes first is served first."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any, Generic, TypeVar

from newel.contracts.database import Away
from newel.errors import Transient
from newel.sql.figures import Load
from newel.sql.link import Link

L = TypeVar("L", bound=Link)
SPARE = 2
"""Connections beyond ``size`` for tasks that hold one already and ask for another: else all of them could wait for
each other."""
CLOSE_SECONDS = 10.0
PAUSE = 0.25  # seconds during which nobody tries to connect after one could not


class Pool(Generic[L]):
    """At most ``size`` connections, opened when needed. Lending costs no round trip.

    ``keep`` of them stay open; others that nobody needed for ``idle`` seconds are closed. One that lay unused for
    ``check_after`` seconds is tried before it is lent. ``wait`` is how many seconds a caller waits for its turn.
    """

    def __init__(
        self,
        opens: Callable[[], Awaitable[L]],
        *,
        size: int,
        wait: float,
        keep: int = 1,
        check_after: float = 30.0,
        idle: float = 300.0,
    ) -> None:
        self._opens = opens
        self.size = size
        self._wait = wait
        self._keep = keep
        self._check_after = check_after
        self._idle_seconds = idle
        self._idle: deque[tuple[float, L]] = deque()  # the one used last is lent first
        self._lent: dict[L, asyncio.Task[Any] | None] = {}
        self._used = 0  # lent, or about to be
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._nested: deque[asyncio.Future[None]] = deque()
        self._goodbyes: set[asyncio.Task[None]] = set()
        self._away: tuple[float, Away] | None = None
        self._probing = False
        self._closed = False
        self._unused = asyncio.Event()  # set when the last one comes back after the end

    @property
    def opened(self) -> int:
        """Connections that are open now."""
        return len(self._idle) + len(self._lent)

    @property
    def waiting(self) -> int:
        """Callers that wait for their turn."""
        return len(self._waiting) + len(self._nested)

    @property
    def load(self) -> Load:
        return Load(len(self._lent), len(self._idle), self.waiting)

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[L]:
        """A connection for this block."""
        link = await self.take()
        try:
            yield link
        finally:
            self.give(link)

    async def take(self) -> L:
        """A connection, which must be given back. ``Transient`` (``database_busy``) where none comes free in time."""
        if self._used < self.size and not self._waiting:
            self._used += 1
        else:
            await self._turn()
        try:
            if self._closed:
                raise RuntimeError("the database is closed")
            link = await self._ready()
        except BaseException:
            self._free()
            raise
        self._lent[link] = asyncio.current_task()
        return link

    def give(self, link: L) -> None:
        """Takes a connection back, and never waits: a cancelled task can leave nothing behind here."""
        del self._lent[link]
        if link.broken or self._closed:
            link.abort()
            self._weed()
        else:
            self._idle.append((monotonic(), link))
            self._shrink()
        self._free()

    def _free(self) -> None:
        self._used -= 1
        if self._closed and not self._used:
            self._unused.set()
        while self._used < self.size + SPARE and self._hand(self._nested):
            self._used += 1
        while self._used < self.size and self._hand(self._waiting):
            self._used += 1

    @staticmethod
    def _hand(waiting: deque[asyncio.Future[None]]) -> bool:
        while waiting:
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return True
        return False

    async def _turn(self) -> None:
        nested = asyncio.current_task() in self._lent.values()
        if nested and self._used < self.size + SPARE:
            self._used += 1
            return
        line = self._nested if nested else self._waiting
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.append(turn)
        try:
            async with asyncio.timeout(self._wait):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._free()  # it had just been handed over
            elif turn in line:
                line.remove(turn)
            if isinstance(error, TimeoutError):
                raise Transient(
                    f"all {self.size} connections to the database are in use", code="database_busy"
                ) from None
            raise

    async def _ready(self) -> L:
        while self._idle:
            since, link = self._idle.pop()
            if link.broken:
                continue
            if monotonic() - since > self._check_after and not await self._answers(link):
                continue
            return link
        return await self._open()

    async def _answers(self, link: L) -> bool:
        try:
            async with asyncio.timeout(self._wait):
                await link.ping()
        except (Away, TimeoutError):
            link.abort()
            return False
        except BaseException:
            link.abort()
            raise
        return True

    async def _open(self) -> L:
        away = self._away
        if away is not None and (self._probing or monotonic() < away[0]):
            raise Away(away[1].detail, retry_after=away[1].retry_after)
        self._probing = away is not None  # one tries whether it is back; the others need not wait for that
        try:
            link = await self._opens()
        except Away as error:
            self._away = (monotonic() + PAUSE, error)
            raise
        finally:
            self._probing = False
        self._away = None
        return link

    def _weed(self) -> None:
        """When one connection broke, others have likely broken too."""
        self._idle = deque(one for one in self._idle if not one[1].broken)

    def _shrink(self) -> None:
        while self.opened > self._keep and self._idle and monotonic() - self._idle[0][0] > self._idle_seconds:
            goodbye = asyncio.ensure_future(self._idle.popleft()[1].close())
            self._goodbyes.add(goodbye)
            goodbye.add_done_callback(self._goodbyes.discard)

    async def warm(self) -> None:
        """Opens the connections to keep. Raises ``Away``."""
        links: list[L] = []
        try:
            for _ in range(self._keep - self.opened):
                links.append(await self._opens())  # noqa: PERF401 - those opened so far must be known when one fails
        finally:
            self._idle.extend((monotonic(), link) for link in links)

    async def close(self) -> None:
        """Lets those in use come to an end, for a while, then closes all."""
        self._closed = True
        if self._used:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._unused.wait()
        for link in self._lent:
            link.abort()
        idle, self._idle = self._idle, deque()
        for _, link in idle:
            await link.close()
        if self._goodbyes:
            await asyncio.wait(self._goodbyes)
