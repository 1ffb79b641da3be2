"""The operations ``jobs.*``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from newel import SIGNED_IN, Call, Malformed, NotFound, Reject, operation
from newel.contracts.audit import Change
from newel.contracts.database import Row, Value
from newel.contracts.jobs import Job
from newel.ids import is_id
from newel.structure import rfc3339
from newel_jobs.model import (
    EventId,
    EventPage,
    EventQuery,
    EventRow,
    JobId,
    JobPage,
    JobQuery,
    KindQuery,
    KindRow,
    NewJob,
    ScheduleRow,
)
from newel_jobs.outbox.store import EventStore
from newel_jobs.permissions import JOBS_MANAGE, JOBS_READ
from newel_jobs.queue.jobs import Queue, shown
from newel_jobs.queue.kinds import Kinds
from newel_jobs.queue.store import QueueStore
from newel_jobs.timing import EngineTime

LAST = "~"
"""After every id."""


class JobOperations:
    """Jobs and schedules."""

    def __init__(self, queue: Queue, store: QueueStore, kinds: Kinds, time: EngineTime) -> None:
        self._queue = queue
        self._store = store
        self._kinds = kinds
        self._time = time

    @operation("jobs.list", needs=JOBS_READ, http="GET /jobs")
    async def list(self, call: Call, order: JobQuery) -> JobPage:
        """Lists jobs, the newest first."""
        if order.cursor is not None and not is_id(order.cursor):
            raise Malformed("the cursor is not one that this list gave")
        given: dict[str, Value] = {"by_state": order.state, "by_kind": order.kind}
        given = {name: value for name, value in given.items() if value is not None}
        rows = await self._store.page(given, order.cursor or LAST, order.limit + 1)
        page = tuple(shown(row) for row in rows[: order.limit])
        return JobPage(data=page, next=page[-1].id if len(rows) > order.limit else None)

    @operation("jobs.get", needs=SIGNED_IN, http="GET /jobs/{id}")
    async def get(self, call: Call, order: JobId) -> Job:
        """Shows a job. Without the permission to see all, one's own."""
        row = await self._queue.row(order.id)
        if row["actor"] != call.actor.id[:64] and not call.actor.may(JOBS_READ):
            raise NotFound("there is no such job")
        return shown(row)

    @operation("jobs.enqueue", needs=JOBS_MANAGE, http="POST /jobs", effect="write", status=202)
    async def enqueue(self, call: Call, order: NewJob) -> Job:
        """Asks for a job of a kind that people may ask for. It is done later, by whichever process is free."""
        if not self._kinds.get(order.kind).by_hand:
            raise Reject.field("/kind", "not_by_hand", f"'{order.kind}' is not for people to ask for")
        id = await self._queue.enqueue(
            call, order.kind, order.payload, due=order.due, priority=order.priority, key=order.key
        )
        row = await self._store.locked(call.tx, id)
        assert row is not None  # noqa: S101 - it was put there in this transaction
        job = shown(row)
        call.changed(Change(entity="job", id=id, before=None, after={"kind": job.kind, "payload": job.payload}))
        return job

    @operation("jobs.retry", needs=JOBS_MANAGE, http="POST /jobs/{id}/retry", effect="write")
    async def retry(self, call: Call, order: JobId) -> Job:
        """Does a dead or cancelled job again, with all its attempts."""
        before = await self._queue.get(order.id)
        return _noted(call, before, await self._queue.retry(call, order.id))

    @operation("jobs.cancel", needs=JOBS_MANAGE, http="POST /jobs/{id}/cancel", effect="write")
    async def cancel(self, call: Call, order: JobId) -> Job:
        """Cancels a job: at once where it waits, at its next report of progress where it runs."""
        before = await self._queue.get(order.id)
        return _noted(call, before, await self._queue.cancel(call, order.id))

    @operation("jobs.kinds", needs=JOBS_READ, http="GET /jobs/kinds")
    async def kinds(self, call: Call, order: KindQuery) -> tuple[KindRow, ...]:
        """Lists the kinds of job."""
        known = [self._kinds.get(name) for name in self._kinds.names()]
        return tuple(
            KindRow(name=one.name, summary=one.summary, by_hand=one.by_hand, attempts=one.attempts)
            for one in known
            if order.by_hand in (None, one.by_hand)
        )

    @operation("jobs.schedules", needs=JOBS_READ, http="GET /jobs/schedules")
    async def schedules(self, call: Call) -> tuple[ScheduleRow, ...]:
        """Lists the schedules, with the next time of each."""
        now = self._time.now()
        return tuple(
            ScheduleRow(
                name=one.name, kind=one.kind, cron=one.cron, zone=one.zone, catch_up=one.catch_up,
                next_at=rfc3339(cron.next(now)),
            )
            for one, cron in sorted(self._kinds.schedules(), key=lambda known: known[0].name)
        )  # fmt: skip


class EventOperations:
    """Events that wait or are dead."""

    def __init__(self, store: EventStore, time: EngineTime, wake: Callable[[], None]) -> None:
        self._store = store
        self._time = time
        self._wake = wake

    @operation("jobs.events", needs=JOBS_READ, http="GET /jobs/events")
    async def events(self, call: Call, order: EventQuery) -> EventPage:
        """Lists events that plugins could not be told, or are still to be told."""
        before = 2**63 - 1 if order.cursor is None else order.cursor
        rows = await self._store.page(order.state, order.plugin, before, order.limit + 1)
        page = rows[: order.limit]
        return EventPage(
            data=tuple(_event(row) for row in page), next=page[-1]["seq"] if len(rows) > order.limit else None
        )

    @operation("jobs.retry_event", needs=JOBS_MANAGE, http="POST /jobs/events/{event}/retry", effect="write")
    async def retry_event(self, call: Call, order: EventId) -> EventRow:
        """Tells a plugin a dead event again, after those of its entity that wait already."""
        row = await self._store.requeue(call.tx, order.event, order.plugin, self._time.text())
        if row is None:
            raise NotFound(f"there is no dead event '{order.event}' for '{order.plugin}'")
        call.work.after.append(self._wake) if call.work is not None else None
        call.changed(Change(entity="event", id=order.event, before={"state": "dead"}, after={"state": "waiting"}))
        return _event({**row, "state": "waiting", "attempts": 0, "due_at": self._time.text()})


def _noted(call: Call, before: Job, after: Job) -> Job:
    call.changed(Change(entity="job", id=after.id, before={"state": before.state}, after={"state": after.state}))
    return after


def _event(row: Row) -> EventRow:
    names: dict[str, Any] = {
        name: row[name]
        for name in ("seq", "event", "plugin", "hook", "state", "attempts", "created_at", "due_at", "error")
    }
    return EventRow(subject=json.loads(row["subject_json"]), **names)
