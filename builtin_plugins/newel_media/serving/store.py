"""What serving asks the database: one statement for a file, two for what may have to be made."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select

from newel.contracts.database import Database, Row, Transaction
from newel_media import tables


class ServingStore:
    """Reads for the routes. Nothing is remembered between requests: what is deleted or made private is so at once."""

    def __init__(self, db: Database) -> None:
        renditions, assets, presets = tables.renditions, tables.assets, tables.presets
        self._db = db
        # NULL: no asset has these bytes; 0: one that everybody may see has them; 1: only private ones.
        private = select(func.min(assets.c.private)).where(assets.c.sha256 == renditions.c.sha256).scalar_subquery()
        self._rendition = db.render(
            select(renditions, private.label("private")).where(renditions.c.hash == bindparam("by_hash"))
        )
        self._preset = db.render(select(presets).where(presets.c.name == bindparam("by_name")))
        self._newest = db.render(
            select(renditions.c.hash)
            .where(renditions.c.sha256 == bindparam("sha256"), renditions.c.preset == bindparam("preset"))
            .order_by(renditions.c.created_at.desc(), renditions.c.hash)
        )

    async def rendition(self, name: str) -> Row | None:
        """By its hash. With ``private``: ``None`` where no asset has what it was made of."""
        return await self._db.fetch_one(self._rendition, {"by_hash": name})

    async def preset(self, name: str) -> Row | None:
        return await self._db.fetch_one(self._preset, {"by_name": name})

    async def newest(self, tx: Transaction, sha256: str, preset: str) -> list[str]:
        """Hashes of what was made of these bytes for a preset, the newest first."""
        return [row["hash"] for row in await tx.fetch_all(self._newest, {"sha256": sha256, "preset": preset})]
