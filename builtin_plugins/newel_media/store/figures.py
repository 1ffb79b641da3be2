"""Sums: what the library holds, by kind and by person, and which tags there are."""

from __future__ import annotations

from sqlalchemy import bindparam, distinct, func, select

from newel.contracts.database import Database, Row, Value
from newel_media import tables

LAST = "\U0010ffff"
"""Sorts after every character."""


class FigureStore:
    """Reads only."""

    def __init__(self, db: Database) -> None:
        assets, tags, blobs, renditions = tables.assets, tables.tags, tables.blobs, tables.renditions
        self._db = db
        sums = func.count().label("files"), func.sum(assets.c.bytes).label("bytes")
        self._kinds = db.render(select(assets.c.kind, *sums).group_by(assets.c.kind).order_by(assets.c.kind))
        largest = func.sum(assets.c.bytes).desc()
        self._people = db.render(
            select(assets.c.author, *sums)
            .group_by(assets.c.author)
            .order_by(largest, assets.c.author)
            .limit(bindparam("count"))
        )
        self._stored = db.render(select(func.sum(blobs.c.bytes).label("bytes")))
        self._rendered = db.render(
            select(func.count(distinct(renditions.c.key)).label("files"), func.sum(renditions.c.bytes).label("bytes"))
            .where(renditions.c.key != "")
        )  # fmt: skip
        self._images = db.render(select(func.count().label("files")).select_from(assets).where(tables.rendered))
        self._tags = db.render(
            select(tags.c.tag, func.count().label("files"))
            .where(tags.c.tag > bindparam("after"), tags.c.tag >= bindparam("first"), tags.c.tag < bindparam("end"))
            .group_by(tags.c.tag)
            .order_by(tags.c.tag)
            .limit(bindparam("count"))
        )

    async def kinds(self) -> list[Row]:
        return await self._db.fetch_all(self._kinds)

    async def people(self, count: int) -> list[Row]:
        """Those with the most bytes first."""
        return await self._db.fetch_all(self._people, {"count": count})

    async def stored(self) -> int:
        """Bytes of all that lies in the store."""
        row = await self._db.fetch_one(self._stored)
        return 0 if row is None else int(row["bytes"] or 0)

    async def rendered(self) -> tuple[int, int]:
        """Renditions and their bytes."""
        row = await self._db.fetch_one(self._rendered)
        return (0, 0) if row is None else (int(row["files"]), int(row["bytes"] or 0))

    async def images(self) -> int:
        row = await self._db.fetch_one(self._images)
        return 0 if row is None else int(row["files"])

    async def tags(self, prefix: str, after: str, count: int) -> list[Row]:
        """Tags that begin with a text and come after another one, with the number of their assets."""
        values: dict[str, Value] = {"after": after, "first": prefix, "end": f"{prefix}{LAST}", "count": count}
        return await self._db.fetch_all(self._tags, values)
