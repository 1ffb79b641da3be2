"""Clears away what has been kept long enough, as a job of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from newel.contracts.jobs import JobKind, JobRun, Schedule
from newel.structure import rfc3339
from newel_jobs.config import JobsConfig
from newel_jobs.outbox.delivery import Delivery
from newel_jobs.queue.store import BATCH, QueueStore
from newel_jobs.schedules.ticking import Ticking
from newel_jobs.timing import EngineTime

NAME = "jobs.clean"


class Cleaning:
    """In batches, so that others write in between."""

    def __init__(
        self, config: JobsConfig, store: QueueStore, delivery: Delivery, ticking: Ticking, time: EngineTime
    ) -> None:
        self._keep = {
            "done": timedelta(days=config.keep_done_days),
            "cancelled": timedelta(days=config.keep_done_days),
            "dead": timedelta(days=config.keep_dead_days),
        }
        self._store = store
        self._delivery = delivery
        self._ticking = ticking
        self._time = time

    def kinds(self) -> Sequence[JobKind]:
        summary = "Drops jobs and events that have been kept long enough."
        return [JobKind(name=NAME, summary=summary, run=self._clean, attempts=3, by_hand=True)]

    def schedules(self) -> Sequence[Schedule]:
        return [Schedule(name=NAME, cron="23 * * * *", kind=NAME)]

    async def _clean(self, run: JobRun) -> Any:
        now = self._time.now()
        jobs = 0
        for state, kept in self._keep.items():
            dropped = BATCH
            while dropped == BATCH:
                dropped = await self._store.drop_old(state, rfc3339(now - kept))
                jobs += dropped
                await run.progress(jobs, note=state)
        events = await self._delivery.clean()
        await self._ticking.forget()
        return {"jobs": jobs, "events": events}
