"""A task for each name that there is news of, one turn at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newel.app import App


class Tasks:
    """``kick`` means a turn that begins after it. News during a turn means another one."""

    def __init__(self, app: App, turn: Callable[[str], Awaitable[None]]) -> None:
        self._app = app
        self._turn = turn
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._news: set[str] = set()
        self._open = False

    def kick(self, name: str) -> None:
        if not self._open:
            return
        self._news.add(name)
        if name not in self._tasks:
            task = asyncio.create_task(self._go(name), name=f"newel-lua-{name}")
            self._tasks[name] = task

    def busy(self, name: str) -> bool:
        """Whether a turn is under way or to come."""
        return name in self._tasks

    async def idle(self) -> None:
        """Returns when there is no news left."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._open = True
        try:
            yield
        finally:
            await self.stop()

    async def stop(self) -> None:
        """What is under way is broken off."""
        self._open = False
        tasks = list(self._tasks.values())
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _go(self, name: str) -> None:
        try:
            while name in self._news:
                self._news.discard(name)
                try:
                    await self._turn(name)
                except Exception as error:  # nobody else would hear of it
                    self._app.log.error("a Lua plugin could not be handled", extra={"plugin": name}, exc_info=error)
        finally:
            self._tasks.pop(name, None)
