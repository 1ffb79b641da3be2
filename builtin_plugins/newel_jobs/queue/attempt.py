"""One attempt at a job, as its handler sees it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from newel import Call
from newel.contracts.clock import Clock
from newel.contracts.database import Database, Transaction
from newel.contracts.jobs import Cancelled
from newel.structure import Structurer
from newel_jobs.queue.store import QueueStore
from newel_jobs.timing import EngineTime

SPARED = 0.5
"""Seconds between two progress reports that are written; what comes in between only asks."""
LONGEST_NOTE = 500


class Attempt:
    """Keeps the contract ``JobRun``."""

    def __init__(self, tools: Tools, id: str, lease: str, attempt: int, payload: Mapping[str, Any], call: Call) -> None:
        self._tools = tools
        self.id = id
        self.lease = lease
        self.attempt = attempt
        self.payload = payload
        self.call = call
        self.ended = False
        """It is marked as done, or about to be: nothing else may be noted of it."""
        self.lost = False
        """Another has taken it over."""
        self._written = float("-inf")

    async def check(self) -> None:
        """Raises ``Cancelled`` where it is to stop."""
        asked = await self._tools.store.held(self.id, self.lease)
        if asked is None:
            self.lost = True
            raise Cancelled("another process has taken the job over")
        if asked:
            raise Cancelled("the job was cancelled")

    async def progress(self, done: float, total: float | None = None, note: str = "") -> None:
        await self.check()
        now = self._tools.clock.monotonic()
        if now - self._written < SPARED:
            return
        self._written = now
        said = json.dumps({"done": done, "total": total, "note": note[:LONGEST_NOTE]}, ensure_ascii=False)
        await self._tools.store.progress(self.id, self.lease, self._tools.until(), said)

    @asynccontextmanager
    async def completing(self, result: Any = None) -> AsyncIterator[Transaction]:
        text = self._tools.kept(result)
        try:
            async with self._tools.db.transaction() as tx:
                # First, so that the row is locked: nobody takes the job over while the rest is written.
                self.ended = True
                at = self._tools.time.text()
                if not await self._tools.store.end(tx, self.id, self.lease, "done", at, result=text):
                    self.lost = True
                    raise Cancelled("the job is no longer this attempt's")
                yield tx
        except BaseException:
            self.ended = False
            raise


class Tools:
    """What attempts share."""

    def __init__(
        self, db: Database, store: QueueStore, time: EngineTime, clock: Clock, structurer: Structurer,
        lease: float, max_result: int,
    ) -> None:  # fmt: skip
        self.db = db
        self.store = store
        self.time = time
        self.clock = clock
        self._structurer = structurer
        self._lease = lease
        self._max_result = max_result

    def until(self) -> str:
        """When a lease ends that is taken now."""
        return self.time.text(self._lease)

    def kept(self, result: Any) -> str | None:
        """A result as it is kept: JSON with secrets masked, or a mark where it is too large."""
        if result is None:
            return None
        text = json.dumps(self._structurer.unstructure(result), ensure_ascii=False, default=str)
        if len(text) > self._max_result:
            return json.dumps({"left_out": "too large", "characters": len(text)})
        return text
