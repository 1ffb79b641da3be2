"""Lists of assets: filters, orders and counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from attrs import Factory, frozen
from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select

from newel.contracts.database import Database, Row, Value
from newel_media import tables

WORDS = 8
"""Of a search, at most."""
RENDERED = 500
"""Combinations of filters whose statements are kept."""


@frozen(kw_only=True)
class Filter:
    """What an asset must be. ``given`` are values of ``FILTERS``; ``words`` are folded and must all occur."""

    given: Mapping[str, Value] = Factory(dict)
    words: Sequence[str] = ()

    @property
    def shape(self) -> tuple[frozenset[str], int]:
        """Which statement it is."""
        return frozenset(self.given), len(self.words)

    def values(self) -> dict[str, Value]:
        """Its parameters."""
        return {**self.given, **{f"word{n}": f"%{escaped(word)}%" for n, word in enumerate(self.words)}}


def escaped(text: str) -> str:
    """Inside of a ``LIKE`` with ``!`` as its escape."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


class ListingStore:
    """A statement is rendered once for each combination of filters that somebody asks for."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._filters = _filters()
        self._page = lru_cache(RENDERED)(self._render_page)
        self._count = lru_cache(RENDERED)(self._render_count)

    async def page(self, wanted: Filter, sort: str, after: Sequence[Value], count: int) -> list[Row]:
        """Assets in the order of ``SORTS``, from behind the sort keys of ``after``; empty: from the beginning."""
        statement = self._page(*wanted.shape, sort, bool(after))
        behind = {f"after{n}": value for n, value in enumerate(after)}
        return await self._db.fetch_all(statement, {**wanted.values(), **behind, "count": count})

    async def count(self, wanted: Filter) -> int:
        row = await self._db.fetch_one(self._count(*wanted.shape), wanted.values())
        return 0 if row is None else int(row["assets"])

    def _render_page(self, names: frozenset[str], words: int, sort: str, goes_on: bool) -> str:
        columns, down = [tables.assets.c[name] for name in SORTS[sort][0]], SORTS[sort][1]
        query = self._where(select(tables.assets), names, words)
        if goes_on:
            query = query.where(_behind(columns, down))
        order = [column.desc() if down else column for column in columns]
        return self._db.render(query.order_by(*order).limit(bindparam("count")))

    def _render_count(self, names: frozenset[str], words: int) -> str:
        return self._db.render(
            self._where(select(func.count().label("assets")).select_from(tables.assets), names, words)
        )

    def _where(self, query: Select[Any], names: frozenset[str], words: int) -> Select[Any]:
        search = [tables.assets.c.search.like(bindparam(f"word{n}"), escape="!") for n in range(words)]
        return query.where(*(self._filters[name] for name in sorted(names)), *search)


SORTS: dict[str, tuple[tuple[str, ...], bool]] = {
    "newest": (("id",), True),
    "oldest": (("id",), False),
    "name": (("name", "id"), False),
    "-name": (("name", "id"), True),
    "size": (("bytes", "id"), False),
    "-size": (("bytes", "id"), True),
}
"""Columns, and whether from the last to the first. Ids are in the order of time."""


def key_of(row: Row, sort: str) -> list[Value]:
    """The sort keys of an asset."""
    return [row[name] for name in SORTS[sort][0]]


def _behind(columns: Sequence[ColumnElement[Any]], down: bool) -> ColumnElement[bool]:
    first, *rest = columns
    value: Any = bindparam("after0")
    behind: ColumnElement[bool] = first < value if down else first > value
    if not rest:
        return behind
    last: Any = bindparam("after1")
    return or_(behind, and_(first == value, rest[0] < last if down else rest[0] > last))


def _filters() -> dict[str, ColumnElement[bool]]:
    assets, tags = tables.assets, tables.tags
    plain = {
        name: assets.c[name] == bindparam(name) for name in ("folder", "kind", "mime", "private", "status", "author")
    }
    tagged = assets.c.id.in_(select(tags.c.asset).where(tags.c.tag == bindparam("tag")))
    return {
        **plain,
        "below": assets.c.folder.in_(_below()),
        "main": assets.c.mime.like(bindparam("main"), escape="!"),
        "tag": tagged,
        "since": assets.c.id >= bindparam("since"),
        "until": assets.c.id < bindparam("until"),
    }


def _below() -> Select[Any]:
    """The ids of a folder and of all below it. The tree has a depth, so it comes to an end."""
    folders = tables.folders
    tree = select(folders.c.id).where(folders.c.id == bindparam("below")).cte("tree", recursive=True)
    tree = tree.union_all(select(folders.c.id).join(tree, folders.c.parent == tree.c.id))
    return select(tree.c.id)
