"""Rows of files on their way in."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import bindparam, delete, insert, select, update

from newel.contracts.database import Database, Queries, Row, Transaction, Value
from newel_media import tables

CHANGING = ("state", "received", "parts_json", "found_json", "blob", "asset", "expires_at")


class UploadStore:
    """``receiving`` → ``arrived`` → ``done``."""

    def __init__(self, db: Database) -> None:
        uploads = tables.uploads
        self._db = db
        here = uploads.c.id == bindparam("by_id")
        self._get = db.render(select(uploads).where(here))
        self._locked = db.render(select(uploads).where(here).with_for_update())
        self._add = db.render(insert(uploads))
        self._change = {
            name: db.render(update(uploads).where(here).values({name: bindparam(name)})) for name in CHANGING
        }
        self._delete = db.render(delete(uploads).where(here))
        self._expired = db.render(
            select(uploads)
            .where(uploads.c.expires_at < bindparam("now"))
            .order_by(uploads.c.expires_at, uploads.c.id)
            .limit(bindparam("count"))
        )

    async def get(self, queries: Queries, id: str) -> Row | None:
        return await queries.fetch_one(self._get, {"by_id": id})

    async def locked(self, tx: Transaction, id: str) -> Row | None:
        return await tx.fetch_one(self._locked, {"by_id": id})

    async def add(self, tx: Transaction, row: Mapping[str, Value]) -> None:
        """Columns that are not named are empty."""
        empty: dict[str, Value] = {"size": None, "found_json": None, "blob": None, "asset": None, "received": 0}
        await tx.execute(self._add, {**empty, "parts_json": "[]", **row})

    async def change(self, tx: Transaction, id: str, **values: Value) -> None:
        """Sets columns of ``CHANGING``."""
        for name, value in values.items():
            await tx.execute(self._change[name], {"by_id": id, name: value})

    async def delete(self, tx: Transaction, id: str) -> None:
        await tx.execute(self._delete, {"by_id": id})

    async def expired(self, now: str, count: int) -> list[Row]:
        return await self._db.fetch_all(self._expired, {"now": now, "count": count})
