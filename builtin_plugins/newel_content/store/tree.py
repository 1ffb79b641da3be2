"""Questions about the tree of pages: ancestors, descendants, neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen
from sqlalchemy import bindparam, func, literal_column, null, select, update

from newel.contracts.database import Database, Queries, Row, Transaction, Value
from newel_content import tables
from newel_content.store.buckets import Bucketed

DEEPEST = 200
"""Where a walk ends in any case; trees are limited to 100 levels."""


@frozen
class Node:
    """An entry as the tree sees it. ``depth`` counts from where the walk began."""

    id: str
    type: str
    parent: str | None
    depth: int
    deleted_at: str | None
    revision: int


class TreeStore:
    """Each question is one statement, whatever the size of the tree."""

    def __init__(self, db: Database) -> None:
        entries = tables.entries
        self._up = db.render(_walk(up=True))
        self._down = db.render(_walk(up=False))
        siblings = entries.c.parent_key == bindparam("parent_key")
        others = entries.c.id != bindparam("id")
        self._last = db.render(select(func.max(entries.c.position).label("position")).where(siblings, others))
        self._first = db.render(select(func.min(entries.c.position).label("position")).where(siblings, others))
        self._before = db.render(
            select(func.max(entries.c.position).label("position")).where(
                siblings, others, entries.c.position < bindparam("position")
            )
        )
        self._after = db.render(
            select(func.min(entries.c.position).label("position")).where(
                siblings, others, entries.c.position > bindparam("position")
            )
        )
        follower = select(entries.c.id).where(siblings, others, entries.c.position > bindparam("position"))
        self._follower = db.render(follower.order_by(entries.c.position).limit(1))
        self._siblings = db.render(select(entries.c.id).where(siblings).order_by(entries.c.position))
        self._spread = db.render(
            update(entries).where(entries.c.id == bindparam("id_is")).values(position=bindparam("position"))
        )
        self._children = Bucketed(
            db, lambda items: select(entries.c.id).where(entries.c.parent.in_(items)).order_by(entries.c.id)
        )
        self._with_children = Bucketed(
            db,
            lambda items: (
                select(entries.c.parent)
                .where(entries.c.parent.in_(items), entries.c.deleted_at.is_(None))
                .group_by(entries.c.parent)
            ),
        )
        self._level = db.render(
            select(entries)
            .where(siblings, entries.c.position > bindparam("after"))
            .order_by(entries.c.position)
            .limit(bindparam("limit"))
        )
        self._count = db.render(
            select(func.count().label("count")).select_from(entries).where(entries.c.type == bindparam("type"))
        )
        child = entries.alias("child")
        self._outsider = db.render(
            select(child.c.id)
            .join(entries, entries.c.id == child.c.parent)
            .where(entries.c.type == bindparam("type"), child.c.type != bindparam("same_type"))
            .limit(1)
        )
        self._orphan = db.render(update(entries).where(entries.c.type == bindparam("type_is")).values(parent=null()))
        self._page = db.render(
            select(entries)
            .where(entries.c.type == bindparam("type"), entries.c.id > bindparam("after"))
            .order_by(entries.c.id)
            .limit(bindparam("limit"))
        )

    async def ancestors(self, queries: Queries, id: str) -> list[Node]:
        """The entry itself, its parent, and so on to the top."""
        return [_node(row) for row in await queries.fetch_all(self._up, {"id": id})]

    async def descendants(self, queries: Queries, id: str) -> list[Node]:
        """The entry itself and all below it, parents before children, those in the trash as well."""
        return [_node(row) for row in await queries.fetch_all(self._down, {"id": id})]

    async def end(self, queries: Queries, parent_key: str, entry: str, *, first: bool = False) -> str | None:
        """The last (or first) position among the siblings, without the entry's own."""
        values: dict[str, Value] = {"parent_key": parent_key, "id": entry}
        row = await queries.fetch_one(self._first if first else self._last, values)
        return None if row is None else row["position"]

    async def neighbour(
        self, queries: Queries, parent_key: str, entry: str, position: str, *, before: bool
    ) -> str | None:
        """The position next to another one, without the entry's own."""
        values: dict[str, Value] = {"parent_key": parent_key, "id": entry, "position": position}
        row = await queries.fetch_one(self._before if before else self._after, values)
        return None if row is None else row["position"]

    async def follower(self, queries: Queries, parent_key: str, entry: str, position: str) -> str | None:
        """The id of the first sibling behind a position, without the entry itself."""
        values: dict[str, Value] = {"parent_key": parent_key, "id": entry, "position": position}
        row = await queries.fetch_one(self._follower, values)
        return None if row is None else str(row["id"])

    async def siblings(self, queries: Queries, parent_key: str) -> list[str]:
        """Ids in order."""
        return [str(row["id"]) for row in await queries.fetch_all(self._siblings, {"parent_key": parent_key})]

    async def spread(self, tx: Transaction, positions: Sequence[tuple[str, str]]) -> None:
        await tx.execute_many(self._spread, [{"id_is": id, "position": position} for id, position in positions])

    async def children(self, queries: Queries, ids: Sequence[str]) -> list[str]:
        return [str(row["id"]) for row in await self._children.fetch_all(queries, ids)]

    async def with_children(self, queries: Queries, ids: Sequence[str]) -> set[str]:
        """Those of the entries that have others below them, outside the trash."""
        return {str(row["parent"]) for row in await self._with_children.fetch_all(queries, ids)}

    async def level(self, queries: Queries, parent_key: str, after: str, limit: int) -> list[Row]:
        """Rows of siblings in order, from behind a position."""
        return await queries.fetch_all(self._level, {"parent_key": parent_key, "after": after, "limit": limit})

    async def count(self, queries: Queries, type: str) -> int:
        """How many entries of a type there are, the trash included."""
        row = await queries.fetch_one(self._count, {"type": type})
        return 0 if row is None else int(row["count"])

    async def outsider(self, queries: Queries, type: str) -> str | None:
        """An entry of another type below one of this type."""
        row = await queries.fetch_one(self._outsider, {"type": type, "same_type": type})
        return None if row is None else str(row["id"])

    async def orphan(self, tx: Transaction, type: str) -> None:
        """Takes all entries of a type, which are about to be deleted, out of the tree."""
        await tx.execute(self._orphan, {"type_is": type})

    async def page(self, queries: Queries, type: str, after: str, limit: int) -> list[Row]:
        """Rows of a type's entries in order of id, the trash included."""
        return await queries.fetch_all(self._page, {"type": type, "after": after, "limit": limit})


def _walk(*, up: bool) -> Any:
    entries = tables.entries
    columns = (entries.c.id, entries.c.type, entries.c.parent, entries.c.deleted_at, entries.c.revision)
    start = select(*columns, literal_column("0").label("depth")).where(entries.c.id == bindparam("id"))
    walk = start.cte("walk", recursive=True)
    step = entries.c.id == walk.c.parent if up else entries.c.parent == walk.c.id
    walk = walk.union_all(select(*columns, walk.c.depth + 1).join(walk, step).where(walk.c.depth < DEEPEST))
    return select(walk).order_by(walk.c.depth, walk.c.id)


def _node(row: Row) -> Node:
    return Node(
        str(row["id"]), str(row["type"]), row["parent"], int(row["depth"]), row["deleted_at"], int(row["revision"])
    )
