"""Reads and writes of what was typed and not sent."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from newel.contracts.database import Database, Row, Transaction, UniqueViolation
from newel.transact import transact
from newel_tui.kept.tables import kept


class Store:
    """Rows of ``tui_kept``."""

    def __init__(self, db: Database) -> None:
        self._db = db
        mine = kept.c.owner == bindparam("of")
        here = (mine, kept.c.name == bindparam("at"))
        given: dict[str, Any] = {name: bindparam(name) for name in ("values_json", "saved_at")}
        self._find = db.render(select(kept.c.values_json, kept.c.saved_at).where(*here))
        self._drop = db.render(delete(kept).where(*here))
        self._add = db.render(insert(kept).values({one.name: bindparam(one.name) for one in kept.columns}))
        self._change = db.render(update(kept).where(*here).values(given))
        self._names = db.render(select(kept.c.name).where(mine).order_by(kept.c.saved_at.desc(), kept.c.name))
        self._old = db.render(delete(kept).where(kept.c.saved_at < bindparam("before")))

    async def find(self, owner: str, name: str) -> Row | None:
        return await self._db.fetch_one(self._find, {"of": owner, "at": name})

    async def put(self, owner: str, name: str, values: str, now: str, most: int) -> None:
        """Keeps it in place of what was kept there; of more than ``most`` of a person the oldest go."""
        at = {"of": owner, "at": name}
        row = {"owner": owner, "name": name, "values_json": values, "saved_at": now}

        async def body(tx: Transaction) -> None:
            await tx.execute(self._drop, at)
            await tx.execute(self._add, row)
            for old in (await tx.fetch_all(self._names, {"of": owner}))[most:]:
                await tx.execute(self._drop, {"of": owner, "at": old["name"]})

        try:
            await transact(self._db, body)
        except (
            UniqueViolation
        ):  # the same person has just kept the same form at another terminal: this is the later one
            await self._db.execute(self._change, {**at, "values_json": values, "saved_at": now})

    async def drop(self, owner: str, name: str) -> None:
        await self._db.execute(self._drop, {"of": owner, "at": name})

    async def drop_old(self, before: str) -> None:
        await self._db.execute(self._old, {"before": before})
