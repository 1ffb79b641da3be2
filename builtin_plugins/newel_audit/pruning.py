"""Deletes old days. The heads stay, and say how far their chain was pruned, so that the rest still verifies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from newel import SYSTEM, Transient
from newel.contracts.database import Transaction
from newel.ids import encode
from newel.structure import rfc3339
from newel.transact import transact
from newel_audit.hlc import beginning
from newel_audit.model import Pruned
from newel_audit.store import Store
from newel_audit.verification import Verification

if TYPE_CHECKING:
    from newel.app import App

BATCH = 1000
"""Rows that go in one transaction: others write in between."""
EVERY = 3600.0


class Pruning:
    """By whole days, the oldest first. It may be interrupted anywhere; the next one goes on."""

    def __init__(self, app: App, store: Store, verification: Verification, keep_days: int) -> None:
        self._app = app
        self._store = store
        self._verification = verification
        self.keep_days = keep_days

    def first_kept(self, keep_days: int) -> str:
        """The first day that is kept: today and ``keep_days`` whole days before it."""
        return rfc3339(self._app.clock.now() - timedelta(days=keep_days))[:10]

    async def count(self, before: str) -> Pruned:
        """What would go."""
        db = self._store.db
        unchained = await self._store.rows.loose_older(db, _least_id(before))
        rows = unchained + await self._store.heads.unpruned_rows(db, before)
        return Pruned(before=before, rows=rows, unchained=unchained, kept=())

    async def prune(self, before: str) -> Pruned:
        """Raises ``Transient`` while another process prunes."""
        db = self._store.db
        async with db.lock("audit.prune", wait=0):
            unchained = 0
            dropped = BATCH
            while dropped >= BATCH:
                dropped = await transact(db, lambda tx: self._store.rows.drop_loose(tx, _least_id(before), BATCH))
                unchained += dropped
            rows, kept, day = unchained, [], ""
            while (found := await self._store.heads.unpruned(db, before, day)) is not None:
                day = found
                if await self._stands(day):
                    rows += await self._day(day)
                else:
                    kept.append(day)
                    self._app.log.error(
                        "a day of the audit trail does not verify: it is not pruned", extra={"day": day}
                    )
            return Pruned(before=before, rows=rows, unchained=unchained, kept=tuple(kept))

    async def _stands(self, day: str) -> bool:
        async with self._store.db.transaction(read_only=True) as tx:
            return await self._verification.whole(tx, day, f"{day}~")

    async def _day(self, day: str) -> int:
        rows = 0
        for head in await self._store.heads.of(self._store.db, day):
            done = False
            while not done:
                dropped, done = await self._batch(day, head["stripe"])
                rows += dropped
        return rows

    async def _batch(self, day: str, stripe: int) -> tuple[int, bool]:
        """Drops the next rows of a chain and notes it in its head; answers how many, and whether it was the end."""

        async def body(tx: Transaction) -> tuple[int, bool]:
            head = await self._store.heads.lock(tx, day, stripe)
            if head is None or self._verification.keys.check(head) != "good":
                return 0, True  # changed since it was verified: signing it would heal it
            mark = await self._store.rows.mark(tx, day, stripe, head["pruned"], BATCH)
            upto, end = (head["seq"], head["hash"]) if mark is None else (mark["seq"], mark["hash"])
            dropped = await self._store.rows.drop(tx, day, stripe, upto)
            moved = {**head, "pruned": upto, "pruned_hash": end}
            await self._store.heads.move(tx, self._verification.keys.sign(moved))
            return dropped, upto >= head["seq"]

        return await transact(self._store.db, body)

    # -- by itself ------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Prunes each hour what is older than the setting says, where it says so."""
        if not self.keep_days:
            yield
            return
        task = asyncio.create_task(self._rounds(), name="newel-audit-prune")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _rounds(self) -> None:
        while True:
            await self._app.clock.sleep(EVERY)
            try:
                if (await self.count(self.first_kept(self.keep_days))).rows:
                    await self._app.operations.run("audit.prune", {}, self._app.call(SYSTEM, "schedule"))
            except Transient as error:
                self._app.log.debug("pruning the audit trail waits", extra={"cause": error.detail})
            except Exception as error:  # nobody else would hear of it, and the task must live on
                self._app.log.error("pruning the audit trail failed", exc_info=error)


def _least_id(day: str) -> str:
    return encode(beginning(day), 0)
