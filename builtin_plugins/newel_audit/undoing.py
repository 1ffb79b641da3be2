"""``audit.undo``: takes back what one request did, by the operations that the ones it ran name as their reverse."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

from newel import SIGNED_IN, Call, Conflict, NotFound, PreconditionFailed, Reject, operation
from newel.contracts.audit import Change
from newel.contracts.database import Row
from newel.secrets import MASK
from newel_audit.model import Undone, UndoOrder
from newel_audit.permissions import AUDIT_READ
from newel_audit.store import Store

if TYPE_CHECKING:
    from newel.app import App

FIRST, LAST = "", "~"
MOST = 200
"""Changes of one act, and later rows of one entity that are looked through."""
MARK = "undo"
"""The kind of entity in the row that says which request was taken back."""


@frozen
class _Act:
    """One operation of the request, with its rows, the oldest first."""

    operation: str
    rows: tuple[Row, ...]


class Undoing:
    """Nothing that was changed later is overwritten: acts are taken back the last one first."""

    def __init__(self, app: App, store: Store) -> None:
        self._app = app
        self._store = store

    @operation("audit.undo", needs=SIGNED_IN, http="POST /audit/undo", effect="write")
    async def undo(self, call: Call, order: UndoOrder) -> Undone:
        """Takes back what a request did, by the reverse operations, in the caller's name and with the caller's rights.

        One's own acts; others' acts with `audit.read`. What was changed since then by another act is not touched
        (`precondition_failed`). What cannot be taken back is refused with the reason. Undoing an undo does it again.
        """
        if (order.request_id is None) == (order.id is None):
            raise Reject.field("/request_id", "required", "say which act: either request_id or id")
        request, rows = await self._rows(call, order)
        acts = _acts(rows)
        if not acts:
            raise Conflict("it changed nothing", code="nothing_to_undo")
        newest = [await self._latest(call, request, row) for act in acts for row in act.rows]
        revisions = _revisions([row for act in acts for row in act.rows], newest)
        ran = []
        for act in reversed(acts):
            for reverse in await self._reverses(call, act, revisions):
                await self._app.operations.run(reverse.operation, dict(reverse.params), call)
                ran.append(reverse.operation)
        # Again: whoever was at it meanwhile has been waited for by the operations, and their rows can be seen now.
        for act in acts:
            for row in act.rows:
                await self._latest(call, request, row)
        call.changed(Change(entity=MARK, id=request, before=None, after={"operations": ran}))
        return Undone(request_id=request, operations=tuple(ran))

    async def _rows(self, call: Call, order: UndoOrder) -> tuple[str, list[Row]]:
        """The request's rows that the caller may take back, the oldest first."""
        whole = call.actor.may(AUDIT_READ)
        request = order.request_id or ""
        if order.id is not None:
            row = await self._store.rows.get(order.id, call.tx)
            if row is None or not (whole or row["actor"] == call.actor.id):
                raise NotFound("there is no such act of yours")
            request = row["request_id"]
        given = {"request_id": request, "outcome": "done"}
        found = await self._store.rows.page(given, FIRST, LAST, MOST + 1, call.tx)
        if len(found) > MOST:
            raise Conflict(f"it changed more than {MOST} things", code="too_large")
        own = [row for row in reversed(found) if row["actor"] == call.actor.id]
        rows = own or (list(reversed(found)) if whole else [])
        if not rows or request == call.request_id:
            raise NotFound("there is no such act of yours")
        return request, rows

    async def _latest(self, call: Call, request: str, row: Row) -> Row:
        """The newest row of its entity. Raises ``PreconditionFailed`` where an act that still holds came later."""
        given = {"entity": row["entity"], "entity_id": row["entity_id"], "outcome": "done"}
        later = await self._store.rows.page(given, row["id"], LAST, MOST + 1, call.tx)
        gone = {request}
        for one in later:
            if one["request_id"] in gone:
                continue
            undone = await self._undone_by(call, one["request_id"])
            if undone == request:
                raise Conflict("it was undone already", code="undone")
            if undone is None or len(later) > MOST:
                raise PreconditionFailed(
                    "it was changed again since then: undo that first",
                    extra={"entity": row["entity"], "id": row["entity_id"]},
                )
            gone |= {one["request_id"], undone}
        return later[0]

    async def _undone_by(self, call: Call, request: str) -> str | None:
        """The request that this one took back."""
        found = await self._store.rows.page({"request_id": request, "entity": MARK}, FIRST, LAST, 1, call.tx)
        return found[0]["entity_id"] if found else None

    async def _reverses(self, call: Call, act: _Act, revisions: Mapping[str, Any]) -> Sequence[Any]:
        try:
            known = self._app.operations.get(act.operation)
        except NotFound:
            known = None
        if known is None or known.undo is None:
            raise Conflict(f"'{act.operation}' cannot be undone", code="no_undo")
        changes = [_change(row, revisions) for row in reversed(act.rows)]
        if any(_holds_mask(one.before) for one in changes):
            raise Conflict("it changed secrets, which the audit trail does not keep", code="secret")
        reverses = await known.undo(call, changes)
        if not reverses:
            raise Conflict(f"this act of '{act.operation}' cannot be undone", code="no_undo")
        return reverses


def _acts(rows: Sequence[Row]) -> list[_Act]:
    """Runs of rows of one operation; rows that changed nothing, and marks, are left out."""
    acts: list[_Act] = []
    for row in rows:
        if row["entity"] in (None, MARK):
            continue
        if acts and acts[-1].operation == row["operation"]:
            acts[-1] = _Act(row["operation"], (*acts[-1].rows, row))
        else:
            acts.append(_Act(row["operation"], (row,)))
    return acts


def _revisions(rows: Sequence[Row], newest: Sequence[Row]) -> dict[str, Any]:
    """The present revision of each entity, by the id of its row; none where the act changed the entity twice, since
    the first reverse makes another one."""
    places = [(row["entity"], row["entity_id"]) for row in rows]
    return {
        row["id"]: (_side(last["after_json"]) or {}).get("revision")
        for row, last, place in zip(rows, newest, places, strict=True)
        if places.count(place) == 1
    }


def _change(row: Row, revisions: Mapping[str, Any]) -> Change:
    before, after = _side(row["before_json"]), _side(row["after_json"])
    if after is not None and "revision" in after:
        after["revision"] = revisions.get(row["id"])
    return Change(entity=row["entity"], id=row["entity_id"], before=before, after=after)


def _side(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        side = json.loads(text)
    except ValueError:
        side = None
    if not isinstance(side, dict) or "left_out" in side:
        raise Conflict("the audit trail does not hold what it was before", code="left_out")
    return side


def _holds_mask(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_mask(one) for one in value.values())
    return any(_holds_mask(one) for one in value) if isinstance(value, list) else bool(value == MASK)
