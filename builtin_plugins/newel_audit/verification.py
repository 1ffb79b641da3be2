"""Verifies the trail in one snapshot."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any, cast

from newel import Transient
from newel.contracts.database import Queries
from newel.ids import is_id
from newel_audit.hlc import time_of_id, time_of_stamp
from newel_audit.keys import Keys
from newel_audit.model import Mark, Verdict, VerifyOrder
from newel_audit.store import Store
from newel_audit.verifying import Verifier
from newel_audit.walking import LAST, Day, walk


class Verification:
    """One at a time: it reads everything."""

    keys: Keys

    def __init__(self, store: Store) -> None:
        self._store = store
        self._running = False

    async def verify(self, order: VerifyOrder) -> Verdict:
        """Raises ``Transient`` while another one runs in this process."""
        if self._running:
            raise Transient("the trail is being verified already; try again later", code="busy", retry_after=10)
        self._running = True
        try:
            async with self._store.db.transaction(read_only=True) as tx:
                return await self._verified(tx, order)
        finally:
            self._running = False

    async def whole(self, tx: Queries, day: str, until: str) -> bool:
        """Whether nothing is to be found in these days."""
        verifier = await self._walked(tx, day, until, ())
        return verifier.total == 0

    async def _verified(self, tx: Queries, order: VerifyOrder) -> Verdict:
        verifier = await self._walked(tx, order.since or "", order.until or LAST, order.against or ())
        unchained, last = await self._store.rows.loose(tx)
        began = await self._store.heads.first(tx)
        if began is not None and _younger(last, began):
            verifier.find("row_added", "a row without a place in a chain is younger than the first chain", "")
        return Verdict(
            whole=verifier.total == 0, rows=verifier.rows, days=verifier.days, pruned=verifier.pruned,
            unchained=unchained, findings=tuple(verifier.findings), found=verifier.total,
            marks=tuple(
                Mark(day=head["day"], stripe=head["stripe"], seq=head["seq"], hash=head["hash"])
                for head in await self._store.heads.newest(tx)
            ),
        )  # fmt: skip

    async def _walked(self, tx: Queries, since: str, until: str, against: tuple[Mark, ...]) -> Verifier:
        before = await self._store.heads.day_before(tx, since) if since else None
        prior = [] if before is None else await self._store.heads.of(tx, before)
        marks = tuple(one for one in against if since <= one.day < until)
        verifier = Verifier(self.keys, prior, marks)
        async with aclosing(cast(Any, walk(self._store, tx, since, until))) as found:
            async for one in found:
                if isinstance(one, Day):
                    verifier.day(one.name, one.heads)
                else:
                    verifier.row(one)
        verifier.end(newest=until == LAST)
        return verifier


def _younger(last: str, began: str) -> bool:
    """Whether the last row that is in no chain came after the first chain began."""
    first = time_of_stamp(began)
    return bool(last) and (first is None or not is_id(last) or time_of_id(last) > first[0])
