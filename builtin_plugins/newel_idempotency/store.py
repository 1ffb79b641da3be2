"""Reads and writes of kept answers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from newel.contracts.database import Database, Row, Transaction, UniqueViolation
from newel_idempotency.tables import keys

BATCH = 500


class Store:
    """Statements, rendered by ``open``."""

    def open(self, db: Database) -> None:
        self._db = db
        render = db.render
        here = keys.c.scope == bindparam("by_scope")
        self._insert = render(insert(keys).values({one.name: bindparam(one.name) for one in keys.columns}))
        self._find = render(select(keys).where(here))
        renewed: dict[str, Any] = {name: bindparam(name) for name in ("fingerprint", "answer", "expires_at")}
        self._renew = render(update(keys).where(here).values(renewed))
        self._keep = render(update(keys).where(here).values(answer=bindparam("answer")))
        self._expired = render(
            select(keys.c.scope).where(keys.c.expires_at <= bindparam("now")).order_by(keys.c.expires_at).limit(BATCH)
        )
        self._drop = render(delete(keys).where(here, keys.c.expires_at <= bindparam("now")))

    async def claim(self, tx: Transaction, scope: str, fingerprint: str, expires_at: str) -> bool:
        """Whether the key was free. Waits for a transaction that has claimed it and is still open.

        Nothing may have been read in the transaction before: an engine with snapshots would not see the row that it
        waited for.
        """
        row = {"scope": scope, "fingerprint": fingerprint, "answer": None, "expires_at": expires_at}
        try:
            async with tx.savepoint():
                await tx.execute(self._insert, row)
        except UniqueViolation:
            return False
        return True

    async def find(self, tx: Transaction, scope: str) -> Row | None:
        return await tx.fetch_one(self._find, {"by_scope": scope})

    async def renew(self, tx: Transaction, scope: str, fingerprint: str, expires_at: str) -> None:
        """Makes an expired row a new one."""
        values = {"by_scope": scope, "fingerprint": fingerprint, "answer": None, "expires_at": expires_at}
        await tx.execute(self._renew, values)

    async def keep(self, tx: Transaction, scope: str, answer: str | None) -> None:
        await tx.execute(self._keep, {"by_scope": scope, "answer": answer})

    async def drop_expired(self, now: str) -> int:
        """Deletes one batch; answers how many were found."""
        found = await self._db.fetch_all(self._expired, {"now": now})
        # Asked again where it is deleted: one of them may have been renewed meanwhile.
        await self._db.execute_many(self._drop, [{"by_scope": row["scope"], "now": now} for row in found])
        return len(found)
