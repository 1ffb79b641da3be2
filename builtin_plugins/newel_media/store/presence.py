"""Whether a file lies in a folder already, so that what brings many can be begun again."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from newel.contracts.database import Database, Row
from newel_media import tables


class PresenceStore:
    """Assets by folder, name and bytes."""

    def __init__(self, db: Database) -> None:
        assets = tables.assets
        self._db = db
        self._there = db.render(
            select(assets.c.id)
            .where(
                assets.c.folder == bindparam("folder"),
                assets.c.name == bindparam("name"),
                assets.c.sha256 == bindparam("sha256"),
            )
            .order_by(assets.c.id)
            .limit(1)
        )
        self._named = db.render(
            select(assets)
            .where(assets.c.folder == bindparam("folder"), assets.c.name == bindparam("name"))
            .order_by(assets.c.id)
            .limit(1)
        )

    async def there(self, folder: str | None, name: str, sha256: str) -> str | None:
        """The id of an asset of that name and content in a folder (``None``: the root)."""
        row = await self._db.fetch_one(self._there, {"folder": folder or "", "name": name, "sha256": sha256})
        return None if row is None else str(row["id"])

    async def named(self, folder: str, name: str) -> Row | None:
        """The oldest asset of that name in a folder (empty: the root)."""
        return await self._db.fetch_one(self._named, {"folder": folder, "name": name})
