"""The engine's clock, kept near; waiting by the application's clock."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from newel.contracts.clock import Clock
from newel.contracts.database import Database
from newel.structure import rfc3339

T = TypeVar("T")
STILL = timedelta(seconds=5)
"""A clock that is behind by more was set back, and is followed."""


class EngineTime:
    """The time by the engine's clock, without asking it each time: what it said last, and what has passed since.

    This process's own clock counts only for the seconds in between, so it may be wrong by any amount. What was asked
    again over a slow line may be a little behind: then it stands still, or what was just due would not be due any more.
    """

    def __init__(self, clock: Clock, *, by_engine: bool) -> None:
        self._clock = clock
        self._by_engine = by_engine
        self._said: datetime | None = None
        self._at = 0.0
        self._last: datetime | None = None

    async def refresh(self, database: Database) -> None:
        if not self._by_engine:
            return
        begun = self._clock.monotonic()
        self._said = await database.now()
        self._at = (begun + self._clock.monotonic()) / 2

    def now(self) -> datetime:
        if self._said is None:
            return self._clock.now()
        moment = self._said + timedelta(seconds=self._clock.monotonic() - self._at)
        if self._last is not None and timedelta() < self._last - moment < STILL:
            return self._last
        self._last = moment
        return moment

    def text(self, seconds: float = 0.0) -> str:
        """Now and so many seconds, as it stands in the tables."""
        return rfc3339(self.now() + timedelta(seconds=seconds))


def backoff(attempt: int, pause: float, longest: float) -> float:
    """Seconds before the attempt after this one: doubling, and spread so that what failed together parts."""
    full = min(longest, pause * 2.0 ** min(attempt - 1, 50))
    return full * random.uniform(0.75, 1.0)  # noqa: S311 - spreads load; no secret


async def within(clock: Clock, seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """The answer of ``work``; cancels it and raises ``TimeoutError`` after so many seconds of this clock."""
    task = asyncio.create_task(work)
    timer = asyncio.create_task(clock.sleep(seconds))
    try:
        await asyncio.wait((task, timer), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise TimeoutError(f"took longer than {seconds:g} s")
        return task.result()
    finally:
        for one in (task, timer):
            one.cancel()
        await asyncio.gather(task, timer, return_exceptions=True)
