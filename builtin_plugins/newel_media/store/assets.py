"""Rows of assets and their tags."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from newel.contracts.database import Database, Queries, Row, Transaction, Value
from newel_media import tables

MANY = 100
"""Ids in one statement; a list of more is asked for in parts."""
FEW = 10
UPDATED = (
    "revision", "name", "folder", "kind", "mime", "bytes", "sha256", "blob", "width", "height", "focal_x", "focal_y",
    "phash", "facts_json", "private", "status", "renditions_json", "texts_json", "search", "updated_at",
)  # fmt: skip


class AssetStore:
    """Reads and writes assets. Writers lock the row first."""

    def __init__(self, db: Database) -> None:
        assets, tags = tables.assets, tables.tags
        self._db = db
        here = assets.c.id == bindparam("by_id")
        many: list[Any] = [bindparam(f"i{n}") for n in range(MANY)]
        self._get = db.render(select(assets).where(here))
        self._locked = db.render(select(assets).where(here).with_for_update())
        self._many = db.render(select(assets).where(assets.c.id.in_(many)))
        self._held = db.render(
            select(assets.c.id, assets.c.kind)
            .where(assets.c.id.in_(many))
            .order_by(assets.c.id)
            .with_for_update(read=True)
        )
        self._add = db.render(insert(assets))
        self._update = db.render(update(assets).where(here).values({name: bindparam(name) for name in UPDATED}))
        self._delete = db.render(delete(assets).where(here))
        same = assets.c.sha256 == bindparam("sha256")
        self._same = db.render(select(assets.c.id).where(same).order_by(assets.c.id).limit(FEW + 1))
        self._made_of = db.render(
            select(assets).where(same, assets.c.id > bindparam("after")).order_by(assets.c.id).limit(MANY)
        )
        self._images = db.render(
            select(assets)
            .where(tables.rendered, assets.c.id > bindparam("after"))
            .order_by(assets.c.id)
            .limit(bindparam("count"))
        )
        self._sum = db.render(select(func.sum(assets.c.bytes).label("bytes")))
        self._sum_of = db.render(
            select(func.sum(assets.c.bytes).label("bytes")).where(assets.c.author == bindparam("author"))
        )
        self._tags = db.render(select(tags).where(tags.c.asset.in_(many)).order_by(tags.c.asset, tags.c.tag))
        self._tag = db.render(insert(tags))
        self._untag = db.render(delete(tags).where(tags.c.asset == bindparam("asset")))

    async def get(self, queries: Queries, id: str) -> Row | None:
        return await queries.fetch_one(self._get, {"by_id": id})

    async def locked(self, tx: Transaction, id: str) -> Row | None:
        return await tx.fetch_one(self._locked, {"by_id": id})

    async def many(self, queries: Queries, ids: Sequence[str]) -> dict[str, Row]:
        found: dict[str, Row] = {}
        for given in _parts(ids):
            found |= {row["id"]: row for row in await queries.fetch_all(self._many, given)}
        return found

    async def held(self, tx: Transaction, ids: Collection[str]) -> dict[str, str]:
        """The kinds of those that are there; they stay until the transaction ends. In the order of their ids, so that
        two who hold several do not wait for each other."""
        found: dict[str, str] = {}
        for given in _parts(sorted(ids)):
            found |= {row["id"]: row["kind"] for row in await tx.fetch_all(self._held, given)}
        return found

    async def add(self, tx: Transaction, row: Mapping[str, Value], tags: Sequence[str]) -> None:
        await tx.execute(self._add, row)
        await self._write_tags(tx, str(row["id"]), tags)

    async def update(self, tx: Transaction, row: Mapping[str, Value], tags: Sequence[str] | None = None) -> None:
        """Writes all columns that may change; ``tags`` only where they are given."""
        await tx.execute(self._update, {"by_id": row["id"], **{name: row[name] for name in UPDATED}})
        if tags is not None:
            await tx.execute(self._untag, {"asset": row["id"]})
            await self._write_tags(tx, str(row["id"]), tags)

    async def _write_tags(self, tx: Transaction, id: str, tags: Sequence[str]) -> None:
        await tx.execute_many(self._tag, [{"asset": id, "tag": tag} for tag in dict.fromkeys(tags)])

    async def delete(self, tx: Transaction, id: str) -> None:
        await tx.execute(self._untag, {"asset": id})
        await tx.execute(self._delete, {"by_id": id})

    async def same(self, queries: Queries, sha256: str) -> list[str]:
        """Assets with these bytes, the oldest first; eleven at most."""
        return [row["id"] for row in await queries.fetch_all(self._same, {"sha256": sha256})]

    async def made_of(self, queries: Queries, sha256: str, after: str = "") -> list[Row]:
        """Assets with these bytes, in parts of ``MANY``."""
        return await queries.fetch_all(self._made_of, {"sha256": sha256, "after": after})

    async def images(self, after: str, count: int) -> list[Row]:
        return await self._db.fetch_all(self._images, {"after": after, "count": count})

    async def total(self, queries: Queries, author: str | None = None) -> int:
        """Bytes of all originals, or of one user's."""
        row = await (
            queries.fetch_one(self._sum)
            if author is None
            else queries.fetch_one(self._sum_of, {"author": author})
        )  # fmt: skip
        return int(row["bytes"] or 0) if row is not None else 0

    async def tags_of(self, queries: Queries, ids: Sequence[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for given in _parts(ids):
            for row in await queries.fetch_all(self._tags, given):
                found.setdefault(row["asset"], []).append(row["tag"])
        return found


def _parts(ids: Sequence[str]) -> list[dict[str, Value]]:
    """The parameters of one statement for each part. Places that are left over name nothing."""
    parts = [ids[first : first + MANY] for first in range(0, len(ids), MANY)]
    return [{f"i{n}": part[n] if n < len(part) else "" for n in range(MANY)} for part in parts]
