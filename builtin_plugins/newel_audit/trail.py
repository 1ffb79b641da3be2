"""Writes the trail. The one place where a row is made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from newel import Call
from newel.contracts.audit import Act, Change, Outcome
from newel.contracts.database import Transaction, Value
from newel.structure import rfc3339
from newel_audit.store import Store

if TYPE_CHECKING:
    from newel.app import App


class Trail:
    """Keeps the contract ``Audit``."""

    def __init__(self, app: App, store: Store, max_side: int) -> None:
        self._app = app
        self._store = store
        self._max_side = max_side

    async def append(self, tx: Transaction, acts: Sequence[Act]) -> None:
        """One row a change, or one that says that the operation ran and changed no entity."""
        rows = [self._row(act.call, act.operation, one) for act in acts for one in act.changes or (None,)]
        await self._store.add(tx, rows)

    async def note(self, call: Call, operation: str, outcome: Outcome, detail: str = "") -> None:
        """Not kept yet: the table has no column for outcomes."""

    def _row(self, call: Call, operation: str, change: Change | None) -> dict[str, Value]:
        """Texts that others made (names, doors, ids) are cut to their columns: a long one must not undo the act."""
        who = call.actor
        return {
            "id": self._app.ids.new(),
            "at": rfc3339(self._app.clock.now()),
            "actor": who.id[:64],
            "actor_kind": who.kind,
            "actor_name": who.name[:191],
            "credential": who.credential[:64],
            "door": call.door[:32],
            "request_id": call.request_id[:128],
            "ip": None if call.ip is None else call.ip[:64],
            "operation": operation[:128],
            "entity": None if change is None else change.entity[:64],
            "entity_id": None if change is None else change.id[:191],
            "before_json": None if change is None else self._side(change.before),
            "after_json": None if change is None else self._side(change.after),
        }

    def _side(self, side: Mapping[str, Any] | None) -> str | None:
        """JSON with secrets masked by type; a mark in place of what is too large."""
        if side is None:
            return None
        text = json.dumps(self._app.structurer.unstructure(side), ensure_ascii=False, default=str)
        if len(text) > self._max_side:
            return json.dumps({"left_out": "too large", "characters": len(text)})
        return text
