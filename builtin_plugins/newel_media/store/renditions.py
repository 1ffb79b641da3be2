"""Rows of presets and of what was made for them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, delete, exists, insert, select, update

from newel.contracts.database import Database, Queries, Row, Transaction, UniqueViolation, Value
from newel_media import tables
from newel_media.renditions.plan import POSTER, TRANSFORM


class RenditionStore:
    """What was made of which bytes."""

    def __init__(self, db: Database) -> None:
        renditions, assets = tables.renditions, tables.assets
        here = renditions.c.hash == bindparam("by_hash")
        self._db = db
        self._get = db.render(select(renditions).where(here))
        self._of = db.render(select(renditions).where(renditions.c.sha256 == bindparam("sha256")))
        self._add = db.render(insert(renditions))
        self._delete = db.render(delete(renditions).where(here))
        orphan = ~exists(select(assets.c.id).where(assets.c.sha256 == renditions.c.sha256))
        self._orphans = db.render(
            select(renditions.c.hash)
            .where(orphan, renditions.c.created_at < bindparam("until"))
            .limit(bindparam("count"))
        )
        self._drop = db.render(delete(renditions).where(here, orphan))
        self._held = db.render(select(renditions.c.hash).where(here).with_for_update(read=True))
        self._locked = db.render(select(renditions).where(here).with_for_update())
        self._let_go = db.render(update(renditions).where(here).values(created_at=bindparam("now")))
        self._old = db.render(
            select(renditions.c.hash, renditions.c.sha256)
            .where(
                renditions.c.created_at < bindparam("until"),
                renditions.c.hash > bindparam("after"),
                renditions.c.preset.not_in([POSTER, TRANSFORM]),
            )
            .order_by(renditions.c.hash)
            .limit(bindparam("count"))
        )

    async def get(self, queries: Queries, name: str) -> Row | None:
        return await queries.fetch_one(self._get, {"by_hash": name})

    async def of(self, queries: Queries, sha256: str) -> dict[str, Row]:
        """By hash."""
        return {row["hash"]: row for row in await queries.fetch_all(self._of, {"sha256": sha256})}

    async def add(self, tx: Transaction, row: dict[str, Value]) -> bool:
        """``False`` where somebody else made it too: it looks the same."""
        try:
            async with tx.savepoint():
                await tx.execute(self._add, row)
        except UniqueViolation:
            return False
        return True

    async def delete(self, tx: Transaction, name: str) -> None:
        await tx.execute(self._delete, {"by_hash": name})

    async def orphans(self, until: str, count: int) -> list[str]:
        """Made of bytes that no asset has."""
        return [row["hash"] for row in await self._db.fetch_all(self._orphans, {"until": until, "count": count})]

    async def drop(self, tx: Transaction, name: str) -> int:
        """Removes one, unless an asset has its bytes meanwhile."""
        return await tx.execute(self._drop, {"by_hash": name})

    async def held(self, tx: Transaction, names: Iterable[str]) -> set[str]:
        """Those that are there; they stay until the transaction ends."""
        found = set()
        for name in sorted(names):
            if await tx.fetch_one(self._held, {"by_hash": name}) is not None:
                found.add(name)
        return found

    async def locked(self, tx: Transaction, name: str) -> Row | None:
        return await tx.fetch_one(self._locked, {"by_hash": name})

    async def let_go(self, tx: Transaction, names: Iterable[str], now: str) -> None:
        """An asset does not name them any more: from now on they grow old."""
        await tx.execute_many(self._let_go, [{"by_hash": name, "now": now} for name in sorted(names)])

    async def old(self, until: str, after: str, count: int) -> list[Row]:
        """Made, or let go, before a moment; in order of their hashes, from behind one."""
        return await self._db.fetch_all(self._old, {"until": until, "after": after, "count": count})


class PresetStore:
    """Rows of presets."""

    def __init__(self, db: Database) -> None:
        presets = tables.presets
        here = presets.c.name == bindparam("by_name")
        self._all = db.render(select(presets).order_by(presets.c.name))
        self._locked = db.render(select(presets).where(here).with_for_update())
        self._add = db.render(insert(presets))
        names = ("revision", "preset_json", "updated_at")
        self._update = db.render(update(presets).where(here).values({name: bindparam(name) for name in names}))
        self._delete = db.render(delete(presets).where(here))

    async def all(self, queries: Queries) -> list[Row]:
        return await queries.fetch_all(self._all)

    async def locked(self, tx: Transaction, name: str) -> Row | None:
        return await tx.fetch_one(self._locked, {"by_name": name})

    async def add(self, tx: Transaction, row: dict[str, Value]) -> None:
        """Raises ``UniqueViolation``."""
        await tx.execute(self._add, row)

    async def update(self, tx: Transaction, row: dict[str, Value]) -> None:
        await tx.execute(self._update, {"by_name": row["name"], **{k: v for k, v in row.items() if k != "name"}})

    async def delete(self, tx: Transaction, name: str) -> None:
        await tx.execute(self._delete, {"by_name": name})
