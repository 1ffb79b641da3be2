"""Reads and writes of the table of schedules."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, insert, select, update

from newel.contracts.database import Database, Row, Transaction, UniqueViolation, Value
from newel.transact import transact
from newel_jobs.tables import schedules


class ScheduleStore:
    """Statements, rendered by ``open``."""

    def open(self, db: Database) -> None:
        self._db = db
        here = schedules.c.id == bindparam("by_id")
        self._seen = db.render(select(schedules.c.seen_at).where(here))
        self._locked = db.render(select(schedules.c.seen_at).where(here).with_for_update())
        self._add = db.render(insert(schedules).values({one.name: bindparam(one.name) for one in schedules.columns}))
        self._see = db.render(
            update(schedules).where(here).values(seen_at=bindparam("seen_at"), touched_at=bindparam("touched_at"))
        )
        self._touch = db.render(update(schedules).where(here).values(touched_at=bindparam("touched_at")))
        self._stale = db.render(select(schedules.c.id).where(schedules.c.touched_at <= bindparam("at")))
        self._drop = db.render(delete(schedules).where(here, schedules.c.touched_at <= bindparam("at")))

    async def seen(self, id: str) -> str | None:
        row = await self._db.fetch_one(self._seen, {"by_id": id})
        return None if row is None else row["seen_at"]

    async def locked(self, tx: Transaction, id: str) -> str | None:
        """Until when its times are dealt with. Others who ask wait for this transaction."""
        row = await tx.fetch_one(self._locked, {"by_id": id})
        return None if row is None else row["seen_at"]

    async def add(self, tx: Transaction, row: dict[str, Value]) -> bool:
        """Whether it was new."""
        try:
            async with tx.savepoint():
                await tx.execute(self._add, row)
        except UniqueViolation:
            return False
        return True

    async def see(self, tx: Transaction, id: str, now: str) -> None:
        await tx.execute(self._see, {"by_id": id, "seen_at": now, "touched_at": now})

    async def touch(self, id: str, now: str) -> None:
        await transact(self._db, lambda tx: tx.execute(self._touch, {"by_id": id, "touched_at": now}))

    async def stale(self, at: str) -> list[Row]:
        return await self._db.fetch_all(self._stale, {"at": at})

    async def drop(self, id: str, at: str) -> None:
        await transact(self._db, lambda tx: tx.execute(self._drop, {"by_id": id, "at": at}))
