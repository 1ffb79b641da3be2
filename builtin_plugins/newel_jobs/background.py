"""The tasks beside the requests: delivery, work, schedules, leases, the engine's time, signals of other processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from newel import Transient
from newel.contracts.database import Database
from newel_jobs.config import JobsConfig
from newel_jobs.outbox import delivery as events
from newel_jobs.pump import Pump
from newel_jobs.queue import work
from newel_jobs.queue.jobs import Queue
from newel_jobs.schedules.ticking import Ticking
from newel_jobs.timing import EngineTime

if TYPE_CHECKING:
    from newel.app import App

REFRESH = 30.0
SPARED = 1.0
"""Seconds between two signals to other processes: they find the rest by themselves."""


class Background:
    """Runs them all."""

    def __init__(
        self, app: App, config: JobsConfig, delivery: events.Delivery, workers: work.Workers, ticking: Ticking,
        queue: Queue, time: EngineTime,
    ) -> None:  # fmt: skip
        self._app = app
        self._config = config
        self._delivery = delivery
        self._workers = workers
        self._time = time
        self._told: dict[str, float] = {}
        self._new = False
        poll = config.poll
        self._events = Pump(app, "events", self._deliver, poll)
        self._work = Pump(app, "work", self._do, poll)
        self._ticks = Pump(app, "schedules", ticking.tick, poll)
        self._leases = Pump(app, "leases", self._renew, config.lease / 3)
        self._clock = Pump(app, "clock", self._refresh, REFRESH)
        delivery.woken = self._events.wake
        workers.woken = self._work.wake
        queue.woken = self._asked

    @asynccontextmanager
    async def keeping(self, database: Database) -> AsyncIterator[None]:
        """What every process needs: whatever it has taken it holds on to, and gives back at its end."""
        self._db = database
        async with self._leases.running(), self._clock.running():
            try:
                yield
            finally:
                await self._stop()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Does what is due, until the end of the block; what then runs may end."""
        pumps = (self._events, self._work, self._ticks)
        async with AsyncExitStack() as stack:
            if self._db.reaches_all:
                listener = asyncio.create_task(self._listen(), name="newel-jobs-listen")
                stack.push_async_callback(_ended, listener)
            for pump in pumps:
                await stack.enter_async_context(pump.running())
            yield
        await self._stop()

    async def _stop(self) -> None:
        patience = self._config.stop_seconds
        await asyncio.gather(self._workers.stop(patience), self._delivery.stop(patience))

    async def _deliver(self) -> None:
        await self._delivery.fill()
        if self._delivery.full:
            await self._tell(events.CHANNEL)

    def _asked(self) -> None:
        self._new = True
        self._work.wake()

    async def _do(self) -> None:
        new, self._new = self._new, False
        await self._workers.fill()
        if new and self._workers.full:
            await self._tell(work.CHANNEL)

    async def _tell(self, channel: str) -> None:
        """Others may have places where this process has none."""
        now = self._app.clock.monotonic()
        if self._db.reaches_all and now - self._told.get(channel, float("-inf")) >= SPARED:
            self._told[channel] = now
            await self._db.notify(channel)

    async def _listen(self) -> None:
        wake = {events.CHANNEL: self._events.wake, work.CHANNEL: self._work.wake}
        while True:
            try:
                async with self._db.listen(*wake) as signals:
                    async for channel, _ in signals:
                        wake[channel]()
            except Transient as error:
                self._app.log.debug("jobs cannot listen", extra={"cause": error.detail})
            except Exception as error:  # nobody else would hear of it, and polling goes on meanwhile
                self._app.log.error("jobs cannot listen", exc_info=error)
            await self._app.clock.sleep(REFRESH)

    async def _renew(self) -> None:
        await self._workers.renew()
        await self._delivery.renew()

    async def _refresh(self) -> None:
        await self._time.refresh(self._db)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
