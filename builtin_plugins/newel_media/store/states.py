"""Single rows: something to lock, and the key of signed addresses."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select

from newel.contracts.database import Database, Transaction, UniqueViolation
from newel.transact import transact
from newel_media import tables


class StateStore:
    """Rows of ``media_state``."""

    def __init__(self, db: Database) -> None:
        state = tables.state
        self._db = db
        here = state.c.name == bindparam("by_name")
        self._get = db.render(select(state.c.value).where(here))
        self._locked = db.render(select(state.c.value).where(here).with_for_update())
        self._add = db.render(insert(state))

    async def lock(self, tx: Transaction, name: str) -> None:
        """``folders``, ``quota``: one at a time, until the transaction ends."""
        await tx.fetch_one(self._locked, {"by_name": name})

    async def kept(self, name: str, fresh: str) -> str:
        """The value of a row; ``fresh`` where it is new. The first of several processes decides."""
        row = await self._db.fetch_one(self._get, {"by_name": name})
        if row is None:

            async def add(tx: Transaction) -> None:
                try:
                    async with tx.savepoint():
                        await tx.execute(self._add, {"name": name, "value": fresh})
                except UniqueViolation:
                    return

            await transact(self._db, add)
            row = await self._db.fetch_one(self._get, {"by_name": name})
        return fresh if row is None else str(row["value"])
