"""Things that are done a while later, unless something else comes before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from newel.contracts.clock import Clock


class Timers:
    """One for each name: another of the same name takes the place of the first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def after(self, name: str, seconds: float, run: Callable[[], None]) -> None:
        async def later() -> None:
            await self._clock.sleep(seconds)
            del self._tasks[name]
            run()

        self.stop(name)
        self._tasks[name] = asyncio.ensure_future(later())

    def stop(self, name: str) -> None:
        if name in self._tasks:
            self._tasks.pop(name).cancel()

    def close(self) -> None:
        for name in tuple(self._tasks):
            self.stop(name)
