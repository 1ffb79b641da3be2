"""The time by the engine, asked now and then."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from newel.testing import FakeClock
from newel_jobs.timing import EngineTime

pytestmark = pytest.mark.engines()


class Engine:
    """An engine whose clock is the test's, behind by some seconds."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.behind = 0.0

    async def now(self) -> datetime:
        return self._clock.now() - timedelta(seconds=self.behind)


async def test_time_does_not_step_back_for_a_slow_answer(clock: FakeClock) -> None:
    engine: Any = Engine(clock)
    time = EngineTime(clock, by_engine=True)
    await time.refresh(engine)
    due = time.now()
    engine.behind = 0.2
    await time.refresh(engine)
    assert time.now() == due
    await clock.advance(0.1)
    assert time.now() == due
    await clock.advance(1)
    assert time.now() == due + timedelta(seconds=0.9)


async def test_a_clock_that_was_set_back_is_followed(clock: FakeClock) -> None:
    engine: Any = Engine(clock)
    time = EngineTime(clock, by_engine=True)
    await time.refresh(engine)
    before = time.now()
    engine.behind = 3600
    await time.refresh(engine)
    assert time.now() == before - timedelta(hours=1)
