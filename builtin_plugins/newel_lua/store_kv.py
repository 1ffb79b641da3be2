"""Reads and writes of keys and values."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, delete, func, insert, or_, select, update

from newel.contracts.database import Database, Queries, Row, Transaction, UniqueViolation
from newel_lua.tables_kv import kv


class KvStore:
    """Statements, rendered by ``open``."""

    def open(self, db: Database) -> None:
        self.db = db
        here = and_(kv.c.plugin == bindparam("by_plugin"), kv.c.name == bindparam("by_name"))
        now: BindParameter[str] = bindparam("now")
        live = and_(here, or_(kv.c.expires_at.is_(None), kv.c.expires_at > now))
        changed: dict[str, Any] = {name: bindparam(name) for name in ("value", "expires_at")}
        self._read = db.render(select(kv.c.value).where(live))
        self._locked = db.render(select(kv).where(here).with_for_update())
        self._insert = db.render(insert(kv).values({one.name: bindparam(one.name) for one in kv.columns}))
        self._update = db.render(update(kv).where(here).values(changed))
        self._delete = db.render(delete(kv).where(here))
        mine = kv.c.plugin == bindparam("by_plugin")
        self._clear = db.render(delete(kv).where(mine, kv.c.expires_at <= now))
        self._count = db.render(select(func.count().label("n")).where(mine).select_from(kv))

    async def read(self, queries: Queries, plugin: str, name: str, now: str) -> str | None:
        """A value that has not expired."""
        row = await queries.fetch_one(self._read, {"by_plugin": plugin, "by_name": name, "now": now})
        return None if row is None else row["value"]

    async def locked(self, tx: Transaction, plugin: str, name: str) -> Row | None:
        """The row, expired or not; whoever wants it too waits for this transaction."""
        return await tx.fetch_one(self._locked, {"by_plugin": plugin, "by_name": name})

    async def add(self, tx: Transaction, plugin: str, name: str, value: str, expires_at: str | None) -> bool:
        """Whether the key was free."""
        row = {"plugin": plugin, "name": name, "value": value, "expires_at": expires_at}
        try:
            async with tx.savepoint():
                await tx.execute(self._insert, row)
        except UniqueViolation:
            return False
        return True

    async def change(self, tx: Transaction, plugin: str, name: str, value: str, expires_at: str | None) -> None:
        values = {"by_plugin": plugin, "by_name": name, "value": value, "expires_at": expires_at}
        await tx.execute(self._update, values)

    async def drop(self, tx: Transaction, plugin: str, name: str) -> None:
        await tx.execute(self._delete, {"by_plugin": plugin, "by_name": name})

    async def count(self, tx: Transaction, plugin: str, now: str) -> int:
        """How many keys a plugin has, once those that have expired are gone."""
        await tx.execute(self._clear, {"by_plugin": plugin, "now": now})
        row = await tx.fetch_one(self._count, {"by_plugin": plugin})
        return 0 if row is None else int(row["n"])
