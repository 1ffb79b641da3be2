"""Work that is done once, however many ask for it at the same moment: requests, and the job after an upload."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from newel_media.store import Store

T = TypeVar("T")
AT_ONCE = 4
"""Images that are decoded at the same moment; each lies in the spool meanwhile."""
WAIT = 60.0
"""Seconds for which another process may keep us waiting."""


class Flights:
    """One at a time for each name: first in this process, then on this database."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[str, tuple[asyncio.Lock, int]] = {}
        self._room = asyncio.Semaphore(AT_ONCE)

    async def once(self, name: str, find: Callable[[], Awaitable[T | None]], make: Callable[[], Awaitable[T]]) -> T:
        """What ``find`` finds, or else what ``make`` makes. Raises what they raise; ``Transient`` where another process
        takes too long. If who makes it gives up, the next one does."""
        async with self._alone(name):
            found = await find()
            if found is not None:
                return found
            async with self._room, self._store.db.lock(f"media.{name}"[:48], wait=WAIT):
                found = await find()
                return await make() if found is None else found

    @asynccontextmanager
    async def _alone(self, name: str) -> AsyncIterator[None]:
        lock, count = self._waiting.get(name, (asyncio.Lock(), 0))
        self._waiting[name] = lock, count + 1
        try:
            async with lock:
                yield
        finally:
            lock, count = self._waiting.pop(name)
            if count > 1:
                self._waiting[name] = lock, count - 1
