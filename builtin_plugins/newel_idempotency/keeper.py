"""One key, one act."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from newel import Call, Conflict, Reject
from newel.contracts.database import Transaction
from newel.contracts.idempotency import Kept
from newel.structure import rfc3339
from newel_idempotency.config import IdempotencyConfig
from newel_idempotency.store import Store

if TYPE_CHECKING:
    from newel.app import App


class Keeper:
    """Keeps the contract ``Idempotency``.

    The row is claimed in the transaction of the act: of two requests with one key the second waits for the first, and
    an act that fails leaves its key free.
    """

    def __init__(self, app: App, config: IdempotencyConfig, store: Store) -> None:
        self._app = app
        self._lasts = timedelta(hours=config.hours)
        self._max_answer = config.max_answer
        self._store = store

    async def begin(self, tx: Transaction, call: Call, operation: str, fingerprint: str) -> Kept | None:
        scope = scope_of(call, operation)
        now = self._app.clock.now()
        ends = rfc3339(now + self._lasts)
        if await self._store.claim(tx, scope, fingerprint, ends):
            return None
        row = await self._store.find(tx, scope)
        if row is None or row["expires_at"] <= rfc3339(now):
            await self._store.renew(tx, scope, fingerprint, ends)
            return None
        if row["fingerprint"] != fingerprint:
            raise Reject("this idempotency key was used with another input", code="idempotency_mismatch")
        if row["answer"] is None:
            detail = "this was done before; its answer was too large to keep, so read the result instead"
            raise Conflict(detail, code="idempotency_answer_not_kept")
        return Kept(json.loads(row["answer"]))

    async def finish(self, tx: Transaction, call: Call, operation: str, answer: Any) -> None:
        text = json.dumps(answer, ensure_ascii=False, default=str)
        await self._store.keep(tx, scope_of(call, operation), text if len(text) <= self._max_answer else None)


def scope_of(call: Call, operation: str) -> str:
    """Whose key it is, and for what. Strangers are told apart by their address, or one could read another's answer."""
    who = ["anonymous", call.ip] if call.actor.kind == "anonymous" else ["actor", call.actor.id]
    return hashlib.sha256(json.dumps([*who, operation, call.idempotency_key]).encode()).hexdigest()
