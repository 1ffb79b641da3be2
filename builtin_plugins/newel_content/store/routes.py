"""Rows of routes: where pages answer, and where old addresses lead."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from attrs import frozen
from sqlalchemy import and_, bindparam, delete, insert, select, update

from newel.contracts.content import MAIN
from newel.contracts.database import Database, Queries, Row, Transaction, Value
from newel_content import tables
from newel_content.store.buckets import Bucketed

MAX_PATH = 600


@frozen
class Route:
    """An address in a locale. ``target`` is set on redirects; their ``entry`` is whom they follow."""

    locale: str
    path: str
    entry: str | None
    target: str | None = None
    status: int = 200


@frozen
class Part:
    """A page's slug in one stage and locale."""

    entry: str
    field: int
    stage: str
    locale: str
    slug: str


def path_key(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()


class RouteStore:
    """Reads and writes routes, and the slugs they are made of."""

    def __init__(self, db: Database) -> None:
        routes, index = tables.routes, tables.index
        self._insert = db.render(insert(routes))
        key = and_(
            routes.c.space == bindparam("space_is"),
            routes.c.locale == bindparam("locale_is"),
            routes.c.path_key == bindparam("key_is"),
        )
        self._delete = db.render(delete(routes).where(key))
        self._by_entry = Bucketed(db, lambda items: select(routes).where(routes.c.entry.in_(items)))
        self._at = Bucketed(
            db,
            lambda items: select(routes).where(routes.c.space == bindparam("space_is"), routes.c.path_key.in_(items)),
        )
        self._follow = db.render(
            update(routes)
            .where(
                routes.c.entry == bindparam("entry_is"),
                routes.c.locale == bindparam("locale_is"),
                routes.c.target.is_not(None),
            )
            .values(target=bindparam("target"), updated_at=bindparam("updated_at"))
        )
        self._wipe = Bucketed(db, lambda items: delete(routes).where(routes.c.entry.in_(items)))
        self._parts = Bucketed(
            db,
            lambda items: select(index.c.entry, index.c.field, index.c.stage, index.c.locale, index.c.text_value).where(
                index.c.entry.in_(items), index.c.unique_key.is_not(None), index.c.text_value.is_not(None)
            ),
        )

    async def of(self, queries: Queries, entries: Sequence[str]) -> list[Route]:
        """All routes of entries, redirects that follow them as well."""
        return [_route(row) for row in await self._by_entry.fetch_all(queries, entries)]

    async def at(self, queries: Queries, paths: Sequence[str]) -> list[Route]:
        """What stands at these paths, in any locale."""
        keys = [path_key(path) for path in paths]
        return [_route(row) for row in await self._at.fetch_all(queries, keys, {"space_is": MAIN})]

    async def parts(self, queries: Queries, entries: Sequence[str]) -> list[Part]:
        """Unique texts of entries, slugs among them, in all stages and locales."""
        rows = await self._parts.fetch_all(queries, entries)
        return [
            Part(str(row["entry"]), int(row["field"]), str(row["stage"]), str(row["locale"]), str(row["text_value"]))
            for row in rows
        ]

    async def insert(self, tx: Transaction, routes: Sequence[Route], now: str) -> None:
        """Raises ``UniqueViolation`` when somebody else took the path."""
        await tx.execute_many(
            self._insert,
            [
                {
                    "space": MAIN, "locale": route.locale, "path": route.path, "path_key": path_key(route.path),
                    "entry": route.entry, "target": route.target, "status": route.status, "preserve_query": 1,
                    "updated_at": now,
                }
                for route in routes
            ],
        )  # fmt: skip

    async def delete(self, tx: Transaction, routes: Sequence[Route]) -> None:
        await tx.execute_many(
            self._delete,
            [{"space_is": MAIN, "locale_is": route.locale, "key_is": path_key(route.path)} for route in routes],
        )

    async def follow(self, tx: Transaction, moved: Sequence[Route], now: str) -> None:
        """Lets old addresses of entries lead to their new ones."""
        rows: list[dict[str, Value]] = [
            {"entry_is": one.entry, "locale_is": one.locale, "target": f"/{one.path}", "updated_at": now}
            for one in moved
        ]
        await tx.execute_many(self._follow, rows)

    async def wipe(self, tx: Transaction, entries: Sequence[str]) -> None:
        await self._wipe.execute(tx, entries)


def _route(row: Row) -> Route:
    return Route(str(row["locale"]), str(row["path"]), row["entry"], row["target"], int(row["status"]))
