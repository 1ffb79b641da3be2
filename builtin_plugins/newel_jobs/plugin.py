"""Events, jobs and schedules: hooks, and the running part."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import hookimpl, operations_of
from newel.contracts.backup import Part
from newel.contracts.database import Database
from newel.contracts.jobs import JobKind, Jobs, Schedule
from newel.contracts.migrations import Migration
from newel.contracts.outbox import Outbox
from newel.contracts.site import HealthCheck, Metric
from newel.contracts.tui import Screen
from newel.operations import Operation
from newel_jobs.background import Background
from newel_jobs.cleaning import Cleaning
from newel_jobs.commands import group
from newel_jobs.config import JobsConfig
from newel_jobs.migrations import STEPS
from newel_jobs.outbox.delivery import Delivery
from newel_jobs.outbox.store import EventStore
from newel_jobs.queue.claims import Claims
from newel_jobs.queue.jobs import Queue
from newel_jobs.queue.kinds import Kinds
from newel_jobs.queue.putting import Putting
from newel_jobs.queue.store import QueueStore
from newel_jobs.queue.work import Workers
from newel_jobs.schedules.store import ScheduleStore
from newel_jobs.schedules.ticking import Ticking
from newel_jobs.screens import screens
from newel_jobs.service import EventOperations, JobOperations
from newel_jobs.timing import EngineTime
from newel_jobs.watching import Watching

if TYPE_CHECKING:
    from click import Command

    from newel.app import App


class JobsPlugin:
    """Provides ``Outbox`` and ``Jobs``.

    What is due is done in the background by a process that serves (and by ``newel jobs run --watch``); any other does
    it only where it is asked to settle, so that a short command begins nobody's long job.
    """

    def __init__(self, app: App, config: JobsConfig) -> None:
        self._app = app
        self._config = config
        self._kinds = kinds = Kinds()
        self.time = time = EngineTime(app.clock, by_engine=config.clock == "engine")
        jobs, events = QueueStore(), EventStore()
        putting = Putting(app, jobs, time)
        self.delivery = Delivery(app, config, events, time)
        app.follow(self.delivery.learn)
        self.workers = Workers(app, config, kinds, jobs, Claims(), time)
        self.ticking = Ticking(app, kinds, ScheduleStore(), putting, time)
        self.queue = Queue(kinds, jobs, putting, self.workers, time, self.ticking.tick)
        self.background = Background(app, config, self.delivery, self.workers, self.ticking, self.queue, time)
        self._cleaning = Cleaning(config, jobs, self.delivery, self.ticking, time)
        self._watching = Watching(jobs, time)
        self._services = (
            JobOperations(self.queue, jobs, kinds, time),
            EventOperations(events, time, self.delivery.wake),
        )

    @hookimpl
    def register_backup_parts(self) -> Sequence[Part]:
        summary = "Jobs, and events that are being told."
        return [Part(name="jobs", summary=summary, tables=("jobs_*",), comes="never")]

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        return STEPS

    @hookimpl
    def register_jobs(self) -> Sequence[JobKind]:
        return self._cleaning.kinds()

    @hookimpl
    def register_schedules(self) -> Sequence[Schedule]:
        return self._cleaning.schedules()

    @hookimpl
    def register_health_checks(self) -> Sequence[HealthCheck]:
        return self._watching.checks()

    @hookimpl
    def register_metrics(self) -> Sequence[Metric]:
        attempts = Metric(
            name="jobs_attempts_total", kind="counter", label="outcome",
            summary="Attempts that ended in this process, by the state that they left the job in.",
            read=lambda: {state: float(count) for state, count in self.workers.outcomes.items()},
        )  # fmt: skip
        return (*self._watching.metrics(), attempts)

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        # All hooks are known by now, so that a wrong schedule is found by `newel check` too.
        self._kinds.collect(self._app)
        return operations_of(*self._services)

    @hookimpl
    def register_commands(self) -> Sequence[Command]:
        return [group()]

    @hookimpl
    def register_screens(self) -> Sequence[Screen]:
        return screens()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        database = self._app.need(Database)
        await self.time.refresh(database)
        for part in (self.delivery, self.workers, self.ticking, self.queue):
            part.open(database)
        self._app.provide(Outbox, self.delivery)
        self._app.provide(Jobs, self.queue)
        async with self.background.keeping(database):
            yield

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        async with self.background.working():
            yield

    async def until_nothing_is_due(self, places: int) -> Counter[str]:
        self.workers.places = places
        await self.queue.settle()
        await self.delivery.settle()
        return self.workers.outcomes

    @asynccontextmanager
    async def in_the_background(self, places: int) -> AsyncIterator[Counter[str]]:
        self.workers.places = places
        async with self.background.working():
            yield self.workers.outcomes
