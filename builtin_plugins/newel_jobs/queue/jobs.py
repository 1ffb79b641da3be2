"""The contract ``Jobs``."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from newel import Call, Conflict, NotFound
from newel.contracts.database import Database, Row, Transaction
from newel.contracts.jobs import Job
from newel.structure import rfc3339
from newel.transact import transact
from newel_jobs.queue.kinds import Kinds
from newel_jobs.queue.putting import Putting
from newel_jobs.queue.store import QueueStore
from newel_jobs.queue.work import Workers
from newel_jobs.timing import EngineTime


class Queue:
    """Keeps the contract ``Jobs``."""

    def __init__(
        self, kinds: Kinds, store: QueueStore, putting: Putting, workers: Workers, time: EngineTime,
        tick: Callable[[], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._kinds = kinds
        self._store = store
        self._putting = putting
        self._workers = workers
        self._time = time
        self._tick = tick
        self.woken: Callable[[], None] = lambda: None
        """Called when there is something to do."""

    def open(self, db: Database) -> None:
        self._db = db

    async def enqueue(
        self,
        call: Call,
        kind: str,
        payload: Mapping[str, Any] | None = None,
        *,
        tx: Transaction | None = None,
        due: datetime | None = None,
        priority: int | None = None,
        key: str | None = None,
    ) -> str:
        known = self._kinds.get(kind)

        async def body(tx: Transaction) -> str:
            id = await self._putting.put(tx, call, known, payload, due=due, priority=priority, key=key)
            assert id is not None  # noqa: S101 - only jobs of schedules have a key that forbids a second one
            return id

        within = tx or (None if call.work is None else call.work.tx)
        if within is None:
            id = await transact(self._db, body)
            self.woken()
            return id
        if call.work is not None:
            call.work.after.append(self.woken)
        return await body(within)

    async def get(self, id: str) -> Job:
        return shown(await self.row(id))

    async def figures(self) -> Mapping[str, int]:
        return await self._store.figures()

    def next_at(self, schedule: str) -> str | None:
        now = self._time.now()
        return next((rfc3339(cron.next(now)) for one, cron in self._kinds.schedules() if one.name == schedule), None)

    async def row(self, id: str) -> Row:
        row = await self._store.get(id)
        if row is None:
            raise NotFound("there is no such job")
        return row

    async def cancel(self, call: Call, id: str) -> Job:
        return await self._change(call, id, self._cancel)

    async def _cancel(self, tx: Transaction, row: Row) -> None:
        if row["state"] not in ("waiting", "running"):
            raise Conflict(f"the job has ended already: it is {row['state']}")
        await self._store.cancel(tx, row["id"], self._time.text())

    async def retry(self, call: Call, id: str) -> Job:
        """Puts a dead or cancelled job back into the queue. Raises ``NotFound``, ``Conflict``."""
        job = await self._change(call, id, self._retry)
        if call.work is not None:
            call.work.after.append(self.woken)
        return job

    async def _retry(self, tx: Transaction, row: Row) -> None:
        if row["state"] not in ("dead", "cancelled"):
            raise Conflict(f"only a dead or cancelled job can be done again; it is {row['state']}")
        await self._store.retry(tx, row["id"], self._time.text())

    async def _change(self, call: Call, id: str, change: Callable[[Transaction, Row], Awaitable[None]]) -> Job:
        async def body(tx: Transaction) -> Job:
            row = await self._store.locked(tx, id)
            if row is None:
                raise NotFound("there is no such job")
            await change(tx, row)
            after = await self._store.locked(tx, id)
            return shown(after or row)

        if call.work is not None and call.work.tx is not None:
            return await body(call.work.tx)
        return await transact(self._db, body)

    async def settle(self) -> None:
        idle = False
        while not idle:
            # Before looking: what ends while `fill` asks the database leaves a place that it did not count.
            self._workers.ended.clear()
            idle = not self._workers.running
            await self._tick()
            idle = not await self._workers.fill() and idle
            if self._workers.running:
                await self._workers.ended.wait()


def shown(row: Row) -> Job:
    """A row as a job."""
    return Job(
        id=row["id"], kind=row["kind"], state=row["state"], payload=json.loads(row["payload_json"]),
        priority=-row["urgency"], attempt=row["attempt"], attempts=row["attempts"], due_at=row["due_at"],
        created_at=row["created_at"], started_at=row["started_at"], ended_at=row["ended_at"],
        progress=_json(row["progress_json"]), result=_json(row["result_json"]), error=row["error"], key=row["job_key"],
    )  # fmt: skip


def _json(text: str | None) -> Any:
    return None if text is None else json.loads(text)
