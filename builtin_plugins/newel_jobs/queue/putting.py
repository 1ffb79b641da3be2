"""Puts jobs into the queue."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from newel import Call, TooLarge
from newel.contracts.database import Contention, Transaction, Value
from newel.contracts.jobs import JobKind
from newel.structure import rfc3339
from newel_jobs.carrying import packed
from newel_jobs.queue.store import QueueStore
from newel_jobs.timing import EngineTime

if TYPE_CHECKING:
    from newel.app import App

LONGEST_PAYLOAD = 262_144
_TRIES = 10


class Putting:
    """The one place where a job's row is made."""

    def __init__(self, app: App, store: QueueStore, time: EngineTime) -> None:
        self._app = app
        self._store = store
        self._time = time

    async def put(
        self,
        tx: Transaction,
        call: Call,
        kind: JobKind,
        payload: Mapping[str, Any] | None,
        *,
        due: datetime | None = None,
        priority: int | None = None,
        key: str | None = None,
        once: str | None = None,
    ) -> str | None:
        """The id of the job, or of the one that waits under ``key``; ``None`` where there was one for ``once``."""
        text = json.dumps(self._app.structurer.unstructure(dict(payload or {})), ensure_ascii=False)
        if len(text) > LONGEST_PAYLOAD:
            raise TooLarge(
                f"the payload of '{kind.name}' has more than {LONGEST_PAYLOAD} characters: keep it in a table"
            )
        waiting = None if key is None else hashlib.sha256(json.dumps([kind.name, key]).encode()).hexdigest()
        now = self._time.text()
        row: dict[str, Value] = {
            "id": self._app.ids.new(), "kind": kind.name, "state": "waiting", "urgency": -_priority(kind, priority),
            "due_at": now if due is None else rfc3339(due), "attempt": 0, "attempts": kind.attempts, "cancelling": 0,
            "created_at": now, "actor": call.actor.id[:64], "job_key": None if key is None else key[:191],
            "waiting_key": waiting, "once_key": once, "payload_json": text, "call_json": packed(call),
        }  # fmt: skip
        for _ in range(_TRIES):
            if await self._store.add(tx, row):
                return str(row["id"])
            if waiting is None:
                return None
            if (found := await self._store.waiting(tx, waiting)) is not None:
                return found
            # It began between the two statements, so the key is free again.
        raise Contention(f"the key of '{kind.name}' is taken and freed without end")


def _priority(kind: JobKind, priority: int | None) -> int:
    return max(-1_000_000, min(1_000_000, kind.priority if priority is None else priority))
