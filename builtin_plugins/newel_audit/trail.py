"""Makes the rows, and keeps the contract ``Audit``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import evolve

from newel import Call
from newel.contracts.audit import Act, Change, Outcome
from newel.contracts.database import Database, Transaction, Value
from newel.structure import rfc3339
from newel.transact import transact
from newel_audit.config import AuditConfig
from newel_audit.denials import Denials
from newel_audit.writing import Writer

if TYPE_CHECKING:
    from newel.app import App


class Trail:
    """Writes the trail."""

    def __init__(self, app: App, writer: Writer, config: AuditConfig) -> None:
        self._app = app
        self._writer = writer
        self._max_side = config.max_side
        self._db: Database
        self.denials = Denials(app, self._alone, config.denied_per_minute)

    def open(self, db: Database) -> None:
        self._db = db

    async def append(self, tx: Transaction, acts: Sequence[Act]) -> None:
        """One row a change, or one that says that the operation ran and changed no entity."""
        rows = [self._row(act.call, act.operation, one) for act in acts for one in act.changes or (None,)]
        if rows:
            await self._writer.add(tx, rows)

    async def note(self, call: Call, operation: str, outcome: Outcome, detail: str = "") -> None:
        """A denied act is never refused for another reason: what cannot be written now is counted, and written
        later."""
        if outcome == "denied":
            await self.denials.note(call, operation, detail)
        elif call.work is not None:  # a read within a larger act: its row comes with that one's
            call.work.acts.append(Act(call=evolve(call, work=None), operation=operation))
        else:
            await self._alone([(call, operation, None, outcome, detail)])

    async def _alone(self, notes: Sequence[tuple[Call, str, Change | None, Outcome, str]]) -> None:
        async def body(tx: Transaction) -> None:
            await self._writer.add(tx, [self._row(*one) for one in notes])

        await transact(self._db, body)

    def _row(
        self, call: Call, operation: str, change: Change | None, outcome: Outcome = "done", detail: str = ""
    ) -> dict[str, Value]:
        """Texts that others made (names, doors, ids) are cut to their columns: a long one must not undo the act."""
        who = call.actor
        return {
            "at": rfc3339(self._app.clock.now()),
            "actor": _kept(who.id, 64),
            "actor_kind": who.kind,
            "actor_name": _kept(who.name, 191),
            "credential": _kept(who.credential, 64),
            "door": _kept(call.door, 32),
            "request_id": _kept(call.request_id, 128),
            "ip": None if call.ip is None else _kept(call.ip, 64),
            "operation": _kept(operation, 128),
            "entity": None if change is None else _kept(change.entity, 64),
            "entity_id": None if change is None else _kept(change.id, 191),
            "before_json": None if change is None else self._side(change.before),
            "after_json": None if change is None else self._side(change.after),
            "outcome": outcome,
            "detail": _kept(detail, 128),
        }

    def _side(self, side: Mapping[str, Any] | None) -> str | None:
        """JSON with secrets masked by type; a mark in place of what is too large."""
        if side is None:
            return None
        text = json.dumps(self._app.structurer.unstructure(side), ensure_ascii=False, default=str)
        if len(text) > self._max_side:
            return json.dumps({"left_out": "too large", "characters": len(text)})
        return text if text.isascii() else _encodable(text)


def _kept(text: str, length: int) -> str:
    """The beginning of a text, as every engine can store it. Control characters could forge a line of a listing."""
    cut = text[:length]
    if cut.isascii() and cut.isprintable():
        return cut
    return _encodable("".join("\ufffd" if ord(one) < 32 or 127 <= ord(one) < 160 else one for one in cut))


def _encodable(text: str) -> str:
    """Halves of characters have no UTF-8: each becomes a question mark."""
    return text.encode("utf-8", "replace").decode()
