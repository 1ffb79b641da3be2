"""How the queue fares, for those who look after the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from newel.contracts.site import Finding, HealthCheck, Metric
from newel.structure import rfc3339
from newel_jobs.queue.store import COUNTED, QueueStore
from newel_jobs.timing import EngineTime

LATE = timedelta(minutes=5)
EVERY = 15.0


class Watching:
    """A check and a figure."""

    def __init__(self, store: QueueStore, time: EngineTime) -> None:
        self._store = store
        self._time = time

    def checks(self) -> Sequence[HealthCheck]:
        return (HealthCheck(name="jobs.queue", summary="Jobs that are late or dead", look=self.look),)

    def metrics(self) -> Sequence[Metric]:
        return (
            Metric(
                name="jobs_queued", label="state", read=self.counted, every=EVERY,
                summary=f"Jobs that wait, run or are dead, each counted to {COUNTED}.",
            ),
        )  # fmt: skip

    async def look(self) -> Finding:
        figures = await self._store.figures()
        if await self._store.due_since(rfc3339(self._time.now() - LATE)):
            remedy = "See that a process with jobs.workers > 0 runs, and what its jobs do: newel jobs list"
            return Finding(state="warning", detail="jobs have been due for more than five minutes", remedy=remedy)
        if dead := figures["dead"]:
            told = "a job is dead" if dead == 1 else f"{dead} jobs are dead"
            return Finding(state="warning", detail=told, remedy="Look, then retry: newel jobs list --state dead")
        return Finding(detail=f"{figures['waiting']} waiting, {figures['running']} running")

    async def counted(self) -> Mapping[str, float]:
        return {state: float(count) for state, count in (await self._store.figures()).items()}
