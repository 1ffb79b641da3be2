"""Puts a job into the queue for each time of each schedule, once, whatever the number of processes."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from attrs import define

from newel.context import SYSTEM
from newel.contracts.database import Database, Transaction, Value
from newel.contracts.jobs import Schedule
from newel.structure import rfc3339
from newel.transact import transact
from newel_jobs.queue.kinds import Kinds
from newel_jobs.queue.putting import Putting
from newel_jobs.schedules.cron import Cron
from newel_jobs.schedules.store import ScheduleStore
from newel_jobs.timing import EngineTime

if TYPE_CHECKING:
    from newel.app import App

TOUCHED = timedelta(hours=1)
FORGOTTEN = timedelta(days=1)
"""A definition that no running process has known for this long begins anew when it comes back."""


@define
class Line:
    """One schedule, as this process follows it."""

    schedule: Schedule
    cron: Cron
    id: str
    next: datetime | None = None
    """``None``: the table has not been asked yet."""
    touched: datetime | None = None


class Ticking:
    """Follows the schedules.

    The row of a definition says until when its times are dealt with, and is locked while they are. A definition that
    changes has another row and starts at once; what both name is kept apart by the unique key of schedule and time.
    """

    def __init__(self, app: App, kinds: Kinds, store: ScheduleStore, putting: Putting, time: EngineTime) -> None:
        self._app = app
        self._kinds = kinds
        self._store = store
        self._putting = putting
        self._time = time
        self._turn = asyncio.Lock()
        self.lines: list[Line] = []

    def open(self, db: Database) -> None:
        self._db = db
        self._store.open(db)
        self.lines = [Line(one, cron, _hash(one.name, one.cron, one.zone)) for one, cron in self._kinds.schedules()]

    async def tick(self) -> None:
        """Deals with all times that have come. Costs no statement where none has."""
        async with self._turn:
            now = self._time.now()
            # In an order of its own: processes whose clocks strike together would queue at one row after the other.
            for line in random.sample(self.lines, len(self.lines)):
                if line.next is None:
                    await self._begin(line, now)
                if line.next is not None and line.next <= now:
                    await self._fire(line, now)
                if line.touched is None or now - line.touched >= TOUCHED:
                    await self._store.touch(line.id, rfc3339(now))
                    line.touched = now

    async def _begin(self, line: Line, now: datetime) -> None:
        seen = await self._store.seen(line.id)
        if seen is None:
            at, one = rfc3339(now), line.schedule
            row: dict[str, Value] = {
                "id": line.id,
                "name": one.name,
                "cron": one.cron,
                "zone": one.zone,
                "seen_at": at,
                "touched_at": at,
            }
            await transact(self._db, lambda tx: self._store.add(tx, row))
            seen = await self._store.seen(line.id) or at
        line.next = line.cron.next(datetime.fromisoformat(seen))

    async def _fire(self, line: Line, now: datetime) -> None:
        seen = await self._store.seen(line.id)
        if seen is not None and datetime.fromisoformat(seen) < now:

            async def body(tx: Transaction) -> str | None:
                return await self._fired(tx, line, now)

            seen = await transact(self._db, body)
        # None: somebody took the row away, so it begins anew.
        line.next = None if seen is None else line.cron.next(datetime.fromisoformat(seen))

    async def _fired(self, tx: Transaction, line: Line, now: datetime) -> str | None:
        seen = await self._store.locked(tx, line.id)
        if seen is None or (since := datetime.fromisoformat(seen)) >= now:
            return seen  # another process was quicker
        one = line.schedule
        for at in line.cron.due(since, now, one.catch_up):
            call = self._app.call(SYSTEM, "schedule")
            once = _hash(one.name, rfc3339(at))
            due = at + timedelta(seconds=one.jitter * int(once[:8], 16) / 2**32)
            await self._putting.put(tx, call, self._kinds.get(one.kind), one.payload, due=due, once=once)
        await self._store.see(tx, line.id, rfc3339(now))
        return rfc3339(now)

    async def forget(self) -> None:
        """Removes the rows of definitions that nobody has any more."""
        known = {line.id for line in self.lines}
        at = rfc3339(self._time.now() - FORGOTTEN)
        for row in await self._store.stale(at):
            if row["id"] not in known:
                await self._store.drop(row["id"], at)


def _hash(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
