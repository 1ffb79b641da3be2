"""The operations ``audit.*``."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from newel import Call, Conflict, Malformed, NotFound, Reject, operation
from newel.contracts.audit import Change
from newel.contracts.database import Row, Value
from newel.ids import encode, is_id
from newel_audit.model import AuditId, AuditPage, AuditQuery, AuditRow, Pruned, PruneOrder, Verdict, VerifyOrder
from newel_audit.permissions import AUDIT_PRUNE, AUDIT_READ, AUDIT_VERIFY
from newel_audit.pruning import Pruning
from newel_audit.store import FILTERS, Store
from newel_audit.verification import Verification

FIRST, LAST = "", "~"
"""Before and after every id."""


class Reading:
    """Reads of the trail, and what goes through all of it. Nothing changes a row."""

    def __init__(self, store: Store, verification: Verification, pruning: Pruning) -> None:
        self._store = store
        self._verification = verification
        self._pruning = pruning

    @operation("audit.list", needs=AUDIT_READ, http="GET /audit")
    async def list(self, call: Call, order: AuditQuery) -> AuditPage:
        """Lists the audit trail, the newest first."""
        if order.cursor is not None and not is_id(order.cursor):
            raise Malformed("the cursor is not one that this list gave")
        given: dict[str, Value] = {name: getattr(order, name) for name in FILTERS if getattr(order, name) is not None}
        since = FIRST if order.since is None else _id_at(order.since)
        before = LAST if order.until is None else _id_at(order.until)
        if order.cursor is not None:
            before = min(before, order.cursor)
        rows = await self._store.rows.page(given, since, before, order.limit + 1)
        page = tuple(_shown(row) for row in rows[: order.limit])
        return AuditPage(data=page, next=page[-1].id if len(rows) > order.limit else None)

    @operation("audit.get", needs=AUDIT_READ, http="GET /audit/{id}", command=False)
    async def get(self, call: Call, order: AuditId) -> AuditRow:
        """Shows one row of the audit trail."""
        row = await self._store.rows.get(order.id)
        if row is None:
            raise NotFound("there is no such row")
        return _shown(row)

    @operation("audit.verify", needs=AUDIT_VERIFY, http="POST /audit/verify", privileged=True, command=False)
    async def verify(self, call: Call, order: VerifyOrder) -> Verdict:
        """Verifies the audit trail: finds what was removed, changed, added or turned back since it was written.

        It reads every row. The answer's `marks`, kept outside the site, let a later call find that the whole database
        was replaced by an older one.
        """
        return await self._verification.verify(order)

    async def _prune(self, call: Call, order: PruneOrder) -> Pruned:
        keep = self._pruning.keep_days if order.keep_days is None else order.keep_days
        if not keep:
            raise Reject.field("/keep_days", "required", "the setting keep_days is 0 (for ever): say how many days")
        if call.work is not None:
            raise Conflict("pruning takes many transactions and cannot be part of another act", code="not_alone")
        before = self._pruning.first_kept(keep)
        return await (self._pruning.count(before) if order.dry_run else self._pruning.prune(before))

    @operation("audit.prune", needs=AUDIT_PRUNE, http="POST /audit/prune", effect="write", prepare=_prune)
    async def prune(self, call: Call, order: PruneOrder, pruned: Pruned) -> Pruned:
        """Deletes whole days of the audit trail that are older than `keep_days`. What is left still verifies.

        Days that do not verify stay. Others can write meanwhile; when it is interrupted, the next call goes on.
        """
        if not order.dry_run:
            after = {"before": pruned.before, "rows": pruned.rows, "kept": list(pruned.kept)}
            call.changed(Change(entity="audit", id=pruned.before, before=None, after=after))
        return pruned


def _id_at(moment: datetime) -> str:
    """The least id of a moment; of times before 1970 the least of all."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    return encode(milliseconds, 0)


def _shown(row: Row) -> AuditRow:
    fields: dict[str, Any] = dict(row)
    for side in ("before", "after"):
        text = fields.pop(f"{side}_json")
        try:
            fields[side] = None if text is None else json.loads(text)
        except ValueError:  # somebody changed it in the database: the list must still show it
            fields[side] = {"unreadable": text}
    return AuditRow(**fields)
