"""What lies in the store of blobs: claimed before it is put there, let go when nothing names it any more.

The order is what keeps bytes and rows together at every crash: claim → put → name (in the transaction of the act). The
sweep goes the other way: mark as ``deleting`` (in a transaction that sees that nothing names it) → delete → forget.
Both lock the row of the key, so a key that is being deleted is not claimed, and one that is claimed is not deleted.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, delete, exists, insert, or_, select, update

from newel import Transient
from newel.contracts.database import Database, Row, Transaction, UniqueViolation
from newel.structure import rfc3339
from newel.transact import transact
from newel_media import tables

STALE = timedelta(minutes=15)
"""A deletion that takes longer was cut off: no store needs that long, and deleting again is no harm."""


class ClaimStore:
    """Rows of ``media_blobs``."""

    def __init__(self, db: Database) -> None:
        blobs = tables.blobs
        self._db = db
        here = blobs.c.key == bindparam("by_key")
        self._locked = db.render(select(blobs).where(here).with_for_update())
        self._add = db.render(insert(blobs))
        self._claim = db.render(
            update(blobs).where(here).values(state="live", claimed_until=bindparam("claimed_until"))
        )
        self._mark = db.render(
            update(blobs).where(here).values(state="deleting", claimed_until=bindparam("claimed_until"))
        )
        self._forget = db.render(delete(blobs).where(here, blobs.c.state == "deleting"))
        named = _named()
        self._loose = db.render(
            select(blobs)
            .where(blobs.c.claimed_until < bindparam("until"), blobs.c.key > bindparam("after"), ~named)
            .order_by(blobs.c.key)
            .limit(bindparam("count"))
        )
        self._names = db.render(select(blobs.c.key).where(here, named))
        self._known_one = db.render(select(blobs.c.key).where(here))
        self._between = db.render(
            select(blobs)
            .where(blobs.c.key > bindparam("after"), blobs.c.key <= bindparam("end"))
            .order_by(blobs.c.key)
            .limit(bindparam("count"))
        )
        self._loose_between = db.render(
            select(blobs.c.key).where(
                blobs.c.key > bindparam("after"), blobs.c.key <= bindparam("end"),
                blobs.c.claimed_until < bindparam("until"), ~named,
            )
        )  # fmt: skip
        self._wanted = [
            db.render(select(table.c[column]).where(table.c[column] == bindparam("by_key")).limit(1))
            for table, column in ((tables.assets, "blob"), (tables.uploads, "blob"), (tables.renditions, "key"))
        ]
        self._known = db.render(select(blobs.c.key).where(blobs.c.key.in_([bindparam(f"k{n}") for n in range(KNOWN)])))

    async def claim(self, key: str, size: int, now: datetime, until: str) -> bool:
        """Says that somebody is about to name a key. Answers whether it was known: then its bytes may be there.

        Raises ``Transient`` while it is being deleted, for a moment.
        """

        async def body(tx: Transaction) -> bool:
            row = await tx.fetch_one(self._locked, {"by_key": key})
            if row is None:
                try:
                    async with tx.savepoint():
                        await tx.execute(
                            self._add, {"key": key, "state": "live", "bytes": size, "claimed_until": until}
                        )
                except UniqueViolation:  # somebody else, at the same moment
                    row = await tx.fetch_one(self._locked, {"by_key": key})
            if row is None:
                return False
            if row["state"] == "deleting" and row["claimed_until"] > rfc3339(now - STALE):
                raise Transient("the same bytes are just being deleted", code="being_deleted", retry_after=2)
            await tx.execute(self._claim, {"by_key": key, "claimed_until": max(until, row["claimed_until"])})
            return bool(row["state"] == "live")

        return await transact(self._db, body)

    async def hold(self, tx: Transaction, key: str) -> None:
        """Before a row names a key: it stays as long as this transaction needs. Raises ``Transient`` where the claim
        ran out and the bytes are gone or going."""
        row = await tx.fetch_one(self._locked, {"by_key": key})
        if row is None or row["state"] != "live":
            raise Transient("it took too long, and its bytes were cleared away", code="claim_lost")

    async def loose(self, until: str, after: str, count: int) -> list[Row]:
        """Keys that nothing names and nobody claims since ``until``, in order."""
        return await self._db.fetch_all(self._loose, {"until": until, "after": after, "count": count})

    async def mark(self, key: str, until: str, now: str) -> bool:
        """Puts a loose key on its way out. ``False``: somebody took it up meanwhile."""

        async def body(tx: Transaction) -> bool:
            row = await tx.fetch_one(self._locked, {"by_key": key})
            if row is None or row["claimed_until"] >= until:
                return False
            if await tx.fetch_one(self._names, {"by_key": key}) is not None:
                return False
            await tx.execute(self._mark, {"by_key": key, "claimed_until": now})
            return True

        return await transact(self._db, body)

    async def forget(self, key: str) -> None:
        """Its bytes are gone."""
        await transact(self._db, lambda tx: tx.execute(self._forget, {"by_key": key}))

    async def condemn(self, key: str, size: int, now: str) -> bool:
        """Puts a key on its way out that nothing names and nobody claims, also one without a row. ``False``: somebody
        took it up, or something names it; then it has a row from now on."""

        async def body(tx: Transaction) -> bool:
            row = await tx.fetch_one(self._locked, {"by_key": key})
            if row is None:
                try:
                    async with tx.savepoint():
                        await tx.execute(self._add, {"key": key, "state": "live", "bytes": size, "claimed_until": ""})
                except UniqueViolation:  # somebody claims it at this moment
                    return False
            elif row["claimed_until"] >= now:
                return False
            if await tx.fetch_one(self._names, {"by_key": key}) is not None:
                return False
            await tx.execute(self._mark, {"by_key": key, "claimed_until": now})
            return True

        return await transact(self._db, body)

    async def named(self, key: str) -> bool:
        """Whether anything names a key that has a row."""
        return await self._db.fetch_one(self._names, {"by_key": key}) is not None

    async def known(self, key: str) -> bool:
        """Whether it has a row."""
        return await self._db.fetch_one(self._known_one, {"by_key": key}) is not None

    async def wanted(self, key: str) -> bool:
        """Whether anything names a key, whether it has a row or not."""
        for statement in self._wanted:
            if await self._db.fetch_one(statement, {"by_key": key}) is not None:
                return True
        return False

    async def between(self, after: str, end: str, count: int) -> list[Row]:
        """Rows with keys after one and up to another, in order."""
        return await self._db.fetch_all(self._between, {"after": after, "end": end, "count": count})

    async def loose_between(self, until: str, after: str, end: str) -> set[str]:
        """Of the rows of ``between`` those that nothing names and nobody claims since ``until``."""
        values = {"until": until, "after": after, "end": end}
        return {row["key"] for row in await self._db.fetch_all(self._loose_between, values)}

    async def unknown(self, keys: list[str]) -> list[str]:
        """Which of these, 100 at most, have no row."""
        given = {f"k{n}": keys[n] if n < len(keys) else "" for n in range(KNOWN)}
        known = {row["key"] for row in await self._db.fetch_all(self._known, given)}
        return [key for key in keys if key not in known]


KNOWN = 100


def _named() -> ColumnElement[bool]:
    """Whether anything names the key: an asset, an upload that has arrived, a rendition of bytes that are in use."""
    blobs, assets, uploads, renditions = tables.blobs, tables.assets, tables.uploads, tables.renditions
    return or_(
        exists(select(assets.c.id).where(assets.c.blob == blobs.c.key)),
        exists(select(uploads.c.id).where(uploads.c.blob == blobs.c.key)),
        exists(select(renditions.c.hash).where(renditions.c.key == blobs.c.key)),
    )
