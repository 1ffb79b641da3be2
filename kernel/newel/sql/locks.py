"""Named locks that the server keeps: each on a connection of its own, so that the server frees it when we die."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Generic, TypeVar

from newel.contracts.database import Away
from newel.errors import Transient
from newel.sql.ending import surely
from newel.sql.link import Link

L = TypeVar("L", bound=Link)
_NAME = re.compile(r"[a-z0-9_.-]{1,48}")


def check_name(name: str) -> None:
    """Raises ``ValueError`` for what names no lock."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"'{name}' is no name for a lock: at most 48 of a-z, 0-9, _, . and -")


class Locks(Generic[L]):
    """``acquire(link, name, seconds)`` asks the server and answers whether it was given in time (``None``: ever).

    Callers of this process queue here, in order, so that a name costs one connection however many wait.
    """

    def __init__(
        self, opens: Callable[[], Awaitable[L]], acquire: Callable[[L, str, float | None], Awaitable[bool]]
    ) -> None:
        self._opens = opens
        self._acquire = acquire
        self._queues: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def held(self, name: str, wait: float | None) -> AsyncIterator[None]:
        """The lock ``name``. Raises ``Transient`` (code ``locked``) after ``wait`` seconds.

        Where the connection was lost within the block, somebody else may have had it: its end raises ``Away`` then.
        """
        check_name(name)
        until = None if wait is None else monotonic() + wait
        async with self._queue(name) as queue:
            await self._first(queue, name, wait)
            try:
                async with self._taken(name, None if until is None else max(until - monotonic(), 0.0)) as link:
                    yield
                    if link.broken:
                        raise Away(f"the connection that held '{name}' was lost: somebody else may have it")
            finally:
                queue.release()

    @asynccontextmanager
    async def _queue(self, name: str) -> AsyncIterator[asyncio.Lock]:
        queue, users = self._queues.get(name, (asyncio.Lock(), 0))
        self._queues[name] = (queue, users + 1)
        try:
            yield queue
        finally:
            users = self._queues[name][1] - 1
            if users:
                self._queues[name] = (queue, users)
            else:
                del self._queues[name]

    @staticmethod
    async def _first(queue: asyncio.Lock, name: str, wait: float | None) -> None:
        if not queue.locked():
            await queue.acquire()
            return
        try:
            async with asyncio.timeout(wait):
                await queue.acquire()
        except TimeoutError:
            raise _locked(name) from None

    @asynccontextmanager
    async def _taken(self, name: str, seconds: float | None) -> AsyncIterator[L]:
        link = await self._opens()
        try:
            if not await self._acquire(link, name, seconds):
                raise _locked(name)
            yield link
        finally:
            # The end of the connection frees the lock, also where the server was still thinking about it.
            await surely(link.close())


def _locked(name: str) -> Transient:
    return Transient(f"somebody else holds '{name}'", code="locked", retry_after=5.0)
