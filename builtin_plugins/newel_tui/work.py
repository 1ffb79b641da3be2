"""What is under way at a desk: started, told of when it fails, ended with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from weakref import WeakSet

from newel.contracts.clock import Clock


class Work:
    """Tasks of a session. ``failed`` is told what one raised."""

    def __init__(self, clock: Clock, failed: Callable[[Exception], None]) -> None:
        self.clock = DeskClock(clock, self)
        self._failed = failed
        self._tasks: dict[asyncio.Task[None], object] = {}
        self._asleep: WeakSet[asyncio.Task[None]] = WeakSet()
        self._idle: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()

    def start(self, work: Awaitable[None], of: object = None) -> asyncio.Task[None]:
        """``of`` is the box that it is for: timers end with it."""

        async def guarded() -> None:
            try:
                await work
            except Exception as error:  # noqa: BLE001 - whatever a screen or a widget does, the session goes on
                self._failed(error)

        task = asyncio.get_running_loop().create_task(guarded())
        self._tasks[task] = of

        def over(task: asyncio.Task[None]) -> None:
            self._over(task)
            if asyncio.iscoroutine(work):
                work.close()  # cancelled before it began, it would be said to be forgotten

        task.add_done_callback(over)
        return task

    def ended(self, of: object) -> None:
        """Nobody sees a box any more: what waits for the clock in its name stops. What works goes on to its end."""
        for task, owner in tuple(self._tasks.items()):
            if owner is of and task in self._asleep and task is not asyncio.current_task():
                task.cancel()

    @contextmanager
    def waiting(self, *, asleep: bool = False) -> Iterator[None]:
        """Inside, the present task waits for a person or the clock, and is not under way."""
        task = asyncio.current_task()
        if task is None or task not in self._tasks or task in self._idle:
            yield
            return
        self._idle.add(task)
        if asleep:
            self._asleep.add(task)
        self._changed.set()
        try:
            yield
        finally:
            self._idle.discard(task)
            self._asleep.discard(task)

    def wakes(self, task: asyncio.Task[Any] | None) -> None:
        """What a task waited for is there: it is under way from now on, not only from when it has its turn."""
        self._idle.discard(task)
        self._changed.set()

    def waits(self, task: asyncio.Task[None]) -> bool:
        return task in self._idle

    async def settled(self) -> None:
        """Returns when all that is left waits for a person or for the clock."""
        while any(task not in self._idle for task in self._tasks):
            self._changed.clear()
            await self._changed.wait()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        self._idle.discard(task)
        self._changed.set()


class DeskClock:
    """The site's clock; keeps ``Clock``. Who sleeps is not under way."""

    def __init__(self, clock: Clock, work: Work) -> None:
        self._clock = clock
        self._work = work

    def now(self) -> datetime:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        with self._work.waiting(asleep=True):
            await self._clock.sleep(seconds)
