"""The heads of the chains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, func, insert, select, update

from newel.contracts.database import Database, Queries, Row, Transaction, Value
from newel_audit.tables import heads

MOVING = ("seq", "hash", "hlc", "next_day", "pruned", "pruned_hash", "breaks", "key_id", "mac")
"""Columns that change; the others are written once."""


class HeadStore:
    """Statements over ``audit_heads``."""

    def __init__(self, db: Database) -> None:
        one = (heads.c.day == bindparam("by_day"), heads.c.stripe == bindparam("by_stripe"))
        day = select(heads).where(heads.c.day == bindparam("day")).order_by(heads.c.stripe)
        newest = select(func.max(heads.c.day).label("day")).scalar_subquery()
        self._lock = db.render(select(heads).where(*one).with_for_update())
        self._lock_day = db.render(day.with_for_update())
        self._day = db.render(day)
        self._newest = db.render(select(heads).where(heads.c.day == newest).order_by(heads.c.stripe))
        self._stamp = db.render(select(func.max(heads.c.hlc).label("hlc")))
        self._first = db.render(select(func.min(heads.c.opened).label("opened")))
        self._insert = db.render(insert(heads).values({one.name: bindparam(one.name) for one in heads.columns}))
        self._move = db.render(update(heads).where(*one).values({name: bindparam(name) for name in MOVING}))
        self._after = db.render(select(func.min(heads.c.day).label("day")).where(heads.c.day > bindparam("day")))
        self._before = db.render(select(func.max(heads.c.day).label("day")).where(heads.c.day < bindparam("day")))
        unpruned = heads.c.day < bindparam("before"), heads.c.pruned < heads.c.seq
        self._unpruned = db.render(
            select(func.min(heads.c.day).label("day")).where(*unpruned, heads.c.day > bindparam("after"))
        )
        left = func.coalesce(func.sum(heads.c.seq - heads.c.pruned), 0)
        self._count = db.render(select(left.label("rows")).where(*unpruned))

    async def lock(self, tx: Transaction, day: str, stripe: int) -> Row | None:
        return await tx.fetch_one(self._lock, {"by_day": day, "by_stripe": stripe})

    async def lock_day(self, tx: Transaction, day: str) -> list[Row]:
        return await tx.fetch_all(self._lock_day, {"day": day})

    async def of(self, db: Queries, day: str) -> list[Row]:
        """The heads of a day, by stripe."""
        return await db.fetch_all(self._day, {"day": day})

    async def newest(self, db: Queries) -> list[Row]:
        """The heads of the newest day."""
        return await db.fetch_all(self._newest)

    async def stamp(self, db: Queries) -> str | None:
        """The greatest stamp of all chains."""
        row = await db.fetch_one(self._stamp)
        return None if row is None else row["hlc"]

    async def first(self, db: Queries) -> str | None:
        """The stamp at which the first chain began."""
        row = await db.fetch_one(self._first)
        return None if row is None else row["opened"]

    async def add(self, tx: Transaction, made: Sequence[Mapping[str, Value]]) -> None:
        await tx.execute_many(self._insert, made)

    async def move(self, tx: Transaction, head: Mapping[str, Value]) -> None:
        """Writes what changes of a head."""
        values = {name: head[name] for name in MOVING}
        await tx.execute(self._move, {**values, "by_day": head["day"], "by_stripe": head["stripe"]})

    async def day_after(self, db: Queries, day: str) -> str | None:
        row = await db.fetch_one(self._after, {"day": day})
        return None if row is None else row["day"]

    async def day_before(self, db: Queries, day: str) -> str | None:
        row = await db.fetch_one(self._before, {"day": day})
        return None if row is None else row["day"]

    async def unpruned(self, db: Queries, before: str, after: str) -> str | None:
        """The first day between the two (without them) that still has rows."""
        row = await db.fetch_one(self._unpruned, {"before": before, "after": after})
        return None if row is None else row["day"]

    async def unpruned_rows(self, db: Queries, before: str) -> int:
        row = await db.fetch_one(self._count, {"before": before})
        return 0 if row is None else int(row["rows"])
