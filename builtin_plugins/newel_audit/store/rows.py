"""The rows of the trail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from sqlalchemy import bindparam, delete, func, insert, or_, select

from newel.contracts.database import Database, Queries, Row, Transaction, Value
from newel_audit.tables import log

FILTERS = ("actor", "operation", "entity", "entity_id", "outcome", "door", "ip", "request_id")
LEAST = -(2**31)
"""The least stripe that a column can hold: whoever forges a row may have written any."""


class RowStore:
    """Statements over ``audit_log``. The text of a list is made when its filters are first asked for (at most 256
    texts), since one text with optional conditions could use no index."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lists: dict[frozenset[str], str] = {}
        self._insert = db.render(insert(log).values({one.name: bindparam(one.name) for one in log.columns}))
        self._one = db.render(select(log).where(log.c.id == bindparam("id")))
        self._last = db.render(select(func.max(log.c.id).label("id")))
        chain = (log.c.day == bindparam("day"), log.c.stripe == bindparam("stripe"))
        self._chain = db.render(select(log).where(*chain).order_by(log.c.seq, log.c.id))
        self._day = db.render(select(func.min(log.c.day).label("day")).where(log.c.day > bindparam("day")))
        self._stripe = db.render(
            select(func.min(log.c.stripe).label("stripe")).where(chain[0], log.c.stripe >= bindparam("least"))
        )
        after = (*chain, log.c.seq > bindparam("after"))
        self._mark = db.render(
            select(log.c.seq, log.c.hash).where(*after).order_by(log.c.seq).limit(1).offset(bindparam("skipped"))
        )
        self._drop = db.render(delete(log).where(*chain, log.c.seq <= bindparam("upto")))
        loose = or_(log.c.day.is_(None), log.c.day == "", log.c.stripe.is_(None), log.c.seq.is_(None))
        older = log.c.id < bindparam("before")
        self._loose = db.render(select(func.count().label("rows"), func.max(log.c.id).label("last")).where(loose))
        self._loose_older = db.render(select(func.count().label("rows")).where(log.c.day.is_(None), older))
        self._loose_mark = db.render(
            select(log.c.id).where(log.c.day.is_(None), older).order_by(log.c.id).limit(1).offset(bindparam("skipped"))
        )
        self._loose_drop = db.render(delete(log).where(log.c.day.is_(None), older))
        self._loose_rows = db.render(
            select(log).where(log.c.day.is_(None), log.c.id >= bindparam("since"), older).order_by(log.c.id)
        )

    async def add(self, tx: Transaction, rows: Sequence[Mapping[str, Value]]) -> None:
        await tx.execute_many(self._insert, rows)

    async def get(self, id: str, db: Queries | None = None) -> Row | None:
        return await (db or self._db).fetch_one(self._one, {"id": id})

    async def last(self, db: Queries) -> str | None:
        """The greatest id."""
        row = await db.fetch_one(self._last)
        return None if row is None else row["id"]

    async def page(
        self, given: Mapping[str, Value], since: str, before: str, limit: int, db: Queries | None = None
    ) -> list[Row]:
        """Rows with ``since`` <= id < ``before``, the newest first; ``given`` holds some of ``FILTERS``."""
        names = frozenset(given)
        if names not in self._lists:
            wanted = [log.c[name] == bindparam(name) for name in sorted(names)]
            clause = select(log).where(log.c.id >= bindparam("since"), log.c.id < bindparam("before"), *wanted)
            self._lists[names] = self._db.render(clause.order_by(log.c.id.desc()).limit(bindparam("wanted")))
        values = {**given, "since": since, "before": before, "wanted": limit}
        return await (db or self._db).fetch_all(self._lists[names], values)

    def chain(self, tx: Queries, day: str, stripe: int) -> AsyncIterator[Row]:
        """Streams a chain in its order."""
        return tx.iterate(self._chain, {"day": day, "stripe": stripe})

    async def day_after(self, db: Queries, day: str) -> str | None:
        row = await db.fetch_one(self._day, {"day": day})
        return None if row is None else row["day"]

    async def stripe_from(self, db: Queries, day: str, least: int) -> int | None:
        """The first stripe from ``least`` on that has rows on that day."""
        row = await db.fetch_one(self._stripe, {"day": day, "least": least})
        return None if row is None else row["stripe"]

    async def mark(self, tx: Queries, day: str, stripe: int, after: int, many: int) -> Row | None:
        """``seq`` and ``hash`` of the row ``many`` rows after ``after``; ``None`` where there are fewer."""
        values: dict[str, Value] = {"day": day, "stripe": stripe, "after": after, "skipped": many - 1}
        return await tx.fetch_one(self._mark, values)

    async def drop(self, tx: Transaction, day: str, stripe: int, upto: int) -> int:
        return await tx.execute(self._drop, {"day": day, "stripe": stripe, "upto": upto})

    async def loose(self, db: Queries) -> tuple[int, str]:
        """How many rows are in no chain, and the greatest id of them (empty where there is none)."""
        row = await db.fetch_one(self._loose)
        return (0, "") if row is None else (int(row["rows"]), row["last"] or "")

    def loose_rows(self, tx: Queries, since: str, before: str) -> AsyncIterator[Row]:
        return tx.iterate(self._loose_rows, {"since": since, "before": before})

    async def loose_older(self, db: Queries, before: str) -> int:
        row = await db.fetch_one(self._loose_older, {"before": before})
        return 0 if row is None else int(row["rows"])

    async def drop_loose(self, tx: Transaction, before: str, many: int) -> int:
        """Deletes the oldest rows that are in no chain, about ``many`` at most; answers how many."""
        mark = await tx.fetch_one(self._loose_mark, {"before": before, "skipped": many})
        return await tx.execute(self._loose_drop, {"before": before if mark is None else mark["id"]})
