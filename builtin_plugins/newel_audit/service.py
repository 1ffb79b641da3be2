"""The operations ``audit.*``."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from newel import Call, Malformed, NotFound, operation
from newel.contracts.database import Row, Value
from newel.ids import encode, is_id
from newel_audit.model import AuditId, AuditPage, AuditQuery, AuditRow
from newel_audit.permissions import AUDIT_READ
from newel_audit.store import FILTERS, Store

FIRST, LAST = "", "~"
"""Before and after every id."""


class Reading:
    """Reads of the trail. Nothing changes it but the operations that it records."""

    def __init__(self, store: Store) -> None:
        self._store = store

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
        rows = await self._store.page(given, since, before, order.limit + 1)
        page = tuple(_shown(row) for row in rows[: order.limit])
        return AuditPage(data=page, next=page[-1].id if len(rows) > order.limit else None)

    @operation("audit.get", needs=AUDIT_READ, http="GET /audit/{id}")
    async def get(self, call: Call, order: AuditId) -> AuditRow:
        """Shows one row of the audit trail."""
        row = await self._store.get(order.id)
        if row is None:
            raise NotFound("there is no such row")
        return _shown(row)


def _id_at(moment: datetime) -> str:
    """The least id of a moment; of times before 1970 the least of all."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    return encode(milliseconds, 0)


def _shown(row: Row) -> AuditRow:
    fields: dict[str, Any] = dict(row)
    for side in ("before", "after"):
        text = fields.pop(f"{side}_json")
        fields[side] = None if text is None else json.loads(text)
    return AuditRow(**fields)
