"""Reads and writes of the trail's table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, insert, select

from newel.contracts.database import Database, Row, Transaction, Value
from newel_audit.tables import log

FILTERS = ("actor", "operation", "entity", "entity_id")


class Store:
    """Statements, rendered by ``open``; the lists when their filters are first asked for (at most 16 texts), since one
    text with optional conditions could use no index."""

    def open(self, db: Database) -> None:
        self._db = db
        self._lists: dict[frozenset[str], str] = {}
        self._insert = db.render(insert(log).values({one.name: bindparam(one.name) for one in log.columns}))
        self._one = db.render(select(log).where(log.c.id == bindparam("id")))

    async def add(self, tx: Transaction, rows: Sequence[Mapping[str, Value]]) -> None:
        await tx.execute_many(self._insert, rows)

    async def get(self, id: str) -> Row | None:
        return await self._db.fetch_one(self._one, {"id": id})

    async def page(self, given: Mapping[str, Value], since: str, before: str, limit: int) -> list[Row]:
        """Rows with ``since`` <= id < ``before``, the newest first; ``given`` holds some of ``FILTERS``."""
        names = frozenset(given)
        if names not in self._lists:
            wanted = [log.c[name] == bindparam(name) for name in sorted(names)]
            clause = select(log).where(log.c.id >= bindparam("since"), log.c.id < bindparam("before"), *wanted)
            self._lists[names] = self._db.render(clause.order_by(log.c.id.desc()).limit(bindparam("wanted")))
        values = {**given, "since": since, "before": before, "wanted": limit}
        return await self._db.fetch_all(self._lists[names], values)
