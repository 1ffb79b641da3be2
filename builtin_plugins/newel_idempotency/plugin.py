"""Keys and kept answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from newel import Call, Reject, hookimpl
from newel.contracts.database import Database, Transaction, UniqueViolation
from newel.contracts.idempotency import Idempotency, Kept
from newel.contracts.migrations import Migration, Migrations
from newel.structure import rfc3339

if TYPE_CHECKING:
    from alembic.operations import Operations as AlembicOperations

    from newel.app import App

HOURS = 24


def _create(op: AlembicOperations) -> None:
    from sqlalchemy import Column, String, Text

    op.create_table(
        "idempotency_keys",
        Column("scope", String(64), primary_key=True),
        Column("fingerprint", String(64), nullable=False),
        Column("answer", Text),
        Column("created_at", String(24), nullable=False),
    )
    op.create_index("idempotency_keys_created", "idempotency_keys", ["created_at"])


class IdempotencyPlugin:
    """Provides ``Idempotency``. Two requests with one key meet at the primary key."""

    def __init__(self, app: App) -> None:
        self._app = app

    @hookimpl
    def register_migrations(self) -> list[Migration]:
        return [Migration(number=1, name="keys", upgrade=_create)]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        from sqlalchemy import bindparam, column, delete, insert, select, table, update

        self._app.need(Migrations)
        db = self._app.need(Database)
        names = ("scope", "fingerprint", "answer", "created_at")
        keys = table("idempotency_keys", *(column(name) for name in names))
        self._add = db.render(insert(keys).values({name: bindparam(name) for name in names}))
        self._find = db.render(select(keys).where(keys.c.scope == bindparam("by_scope")))
        here = keys.c.scope == bindparam("by_scope")
        self._keep = db.render(update(keys).where(here).values(answer=bindparam("answer")))
        self._forget = db.render(delete(keys).where(keys.c.created_at < bindparam("before")))
        self._app.provide(Idempotency, self)
        yield

    def _scope(self, call: Call, operation: str) -> str:
        who = call.actor.id if call.actor.kind != "anonymous" else f"anonymous {call.ip}"
        return hashlib.sha256(json.dumps([who, operation, call.idempotency_key]).encode()).hexdigest()

    async def begin(self, tx: Transaction, call: Call, operation: str, fingerprint: str) -> Kept | None:
        scope = self._scope(call, operation)
        await tx.execute(self._forget, {"before": rfc3339(call.now - timedelta(hours=HOURS))})
        row: dict[str, Any] = {
            "scope": scope,
            "fingerprint": fingerprint,
            "answer": None,
            "created_at": rfc3339(call.now),
        }
        try:
            async with tx.savepoint():
                await tx.execute(self._add, row)
        except UniqueViolation:
            kept = await tx.fetch_one(self._find, {"by_scope": scope})
            if kept is None or kept["fingerprint"] != fingerprint:
                raise Reject("this Idempotency-Key was used with another input", code="idempotency_mismatch") from None
            return Kept(None if kept["answer"] is None else json.loads(kept["answer"]))
        return None

    async def finish(self, tx: Transaction, call: Call, operation: str, answer: Any) -> None:
        text = None if answer is None else json.dumps(answer, default=str)
        await tx.execute(self._keep, {"by_scope": self._scope(call, operation), "answer": text})
