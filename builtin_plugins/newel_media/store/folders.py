"""Rows of folders. The root has no row: its id is empty."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, func, insert, select, update

from newel.contracts.database import Database, Queries, Row, Transaction, Value
from newel_media import tables


class FolderStore:
    """Who changes the tree holds the row ``folders`` of ``media_state``, so it changes in one place at a time."""

    def __init__(self, db: Database) -> None:
        folders, assets = tables.folders, tables.assets
        here = folders.c.id == bindparam("by_id")
        self._get = db.render(select(folders).where(here))
        self._hold = db.render(select(folders.c.id).where(here).with_for_update(read=True))
        self._locked = db.render(select(folders).where(here).with_for_update())
        self._below = db.render(
            select(folders).where(folders.c.parent == bindparam("parent")).order_by(folders.c.name_key)
        )
        self._child = db.render(
            select(folders).where(folders.c.parent == bindparam("parent"), folders.c.name_key == bindparam("key"))
        )
        self._add = db.render(insert(folders))
        names = ("parent", "name", "name_key", "updated_at")
        self._update = db.render(update(folders).where(here).values({name: bindparam(name) for name in names}))
        self._delete = db.render(delete(folders).where(here))
        self._files = db.render(
            select(func.count().label("files")).select_from(assets).where(assets.c.folder == bindparam("by_id"))
        )
        self._all = db.render(select(folders).order_by(folders.c.parent, folders.c.name_key))
        counted = select(assets.c.folder, func.count().label("files")).group_by(assets.c.folder)
        self._counts = db.render(counted)
        self._counts_in = db.render(
            counted.where(assets.c.folder.in_(select(folders.c.id).where(folders.c.parent == bindparam("parent"))))
        )

    async def get(self, queries: Queries, id: str) -> Row | None:
        return await queries.fetch_one(self._get, {"by_id": id})

    async def hold(self, tx: Transaction, id: str) -> bool:
        """Whether it is there; it stays until the transaction ends."""
        return await tx.fetch_one(self._hold, {"by_id": id}) is not None

    async def locked(self, tx: Transaction, id: str) -> Row | None:
        return await tx.fetch_one(self._locked, {"by_id": id})

    async def below(self, queries: Queries, parent: str) -> list[Row]:
        """The folders in one, by name."""
        return await queries.fetch_all(self._below, {"parent": parent})

    async def child(self, queries: Queries, parent: str, key: str) -> Row | None:
        """The folder in one whose ``names.name_key`` this is."""
        return await queries.fetch_one(self._child, {"parent": parent, "key": key})

    async def add(self, tx: Transaction, row: dict[str, Value]) -> None:
        """Raises ``UniqueViolation`` where its parent has one of that name."""
        await tx.execute(self._add, row)

    async def update(self, tx: Transaction, row: dict[str, Value]) -> None:
        """As ``add``."""
        given = {name: row[name] for name in ("parent", "name", "name_key", "updated_at")}
        await tx.execute(self._update, {"by_id": row["id"], **given})

    async def delete(self, tx: Transaction, id: str) -> None:
        await tx.execute(self._delete, {"by_id": id})

    async def files(self, queries: Queries, id: str) -> int:
        """How many assets lie in it."""
        row = await queries.fetch_one(self._files, {"by_id": id})
        return 0 if row is None else int(row["files"])

    async def all(self, queries: Queries) -> list[Row]:
        """The whole tree: children of one parent by name."""
        return await queries.fetch_all(self._all)

    async def counts(self, queries: Queries, parent: str | None = None) -> dict[str, int]:
        """How many assets lie in each folder (of one parent), where there are any."""
        rows = await (
            queries.fetch_all(self._counts)
            if parent is None
            else queries.fetch_all(self._counts_in, {"parent": parent})
        )  # fmt: skip
        return {row["folder"]: int(row["files"]) for row in rows}
