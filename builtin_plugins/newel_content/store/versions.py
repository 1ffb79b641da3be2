"""Versions, which never change, and the pointers at those that readers see."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from sqlalchemy import and_, bindparam, case, delete, func, insert, select, update

from newel.contracts.database import Database, Queries, Row, Transaction, Value
from newel_content import tables
from newel_content.store.buckets import Bucketed


@frozen
class VersionRow:
    """A row of ``content_versions``. ``document`` is empty where only the list of versions was asked for."""

    id: str
    entry: str
    locale: str
    number: int
    cause: str
    label: str | None
    author: str
    created_at: str
    document: str = ""


@frozen
class PublishedRow:
    """A row of ``content_published``, with the path where the entry answers."""

    entry: str
    locale: str
    type: str
    version: str
    number: int
    digest: str
    position: str
    published_at: str
    first_published_at: str
    path: str | None = None

    @classmethod
    def of(cls, row: Row) -> PublishedRow:
        return cls(**{name: row[name] for name in (*COLUMNS, "path")})

    def values(self) -> dict[str, Value]:
        return {name: getattr(self, name) for name in COLUMNS}


COLUMNS = tuple(column.name for column in tables.published.columns)
LISTED = ("id", "entry", "locale", "number", "cause", "label", "author", "created_at")


class VersionStore:
    """Reads and writes versions and published pointers."""

    def __init__(self, db: Database) -> None:
        versions, published, routes = tables.versions, tables.published, tables.routes
        mine = and_(versions.c.entry == bindparam("entry"), versions.c.locale == bindparam("locale"))
        columns = [versions.c[name] for name in LISTED]
        self._insert = db.render(insert(versions))
        self._last = db.render(
            select(
                func.max(versions.c.number).label("number"),
                func.min(case((versions.c.cause == "publish", versions.c.created_at))).label("first"),
            ).where(mine)
        )
        self._list = db.render(
            select(*columns)
            .where(mine, versions.c.number < bindparam("below"))
            .order_by(versions.c.number.desc())
            .limit(bindparam("limit"))
        )
        self._get = db.render(
            select(*columns, versions.c.document).where(mine, versions.c.number == bindparam("number"))
        )
        live = select(published.c.version).where(
            published.c.entry == bindparam("entry"), published.c.locale == bindparam("locale")
        )
        self._stale = db.render(
            select(versions.c.id)
            .where(mine, versions.c.label.is_(None), versions.c.id.not_in(live))
            .order_by(versions.c.number.desc())
            .limit(bindparam("limit"))
            .offset(bindparam("keep"))
        )
        self._prune = Bucketed(db, lambda items: delete(versions).where(versions.c.id.in_(items)))
        seen = select(published, routes.c.path).outerjoin(
            routes,
            and_(
                routes.c.entry == published.c.entry,
                routes.c.locale == published.c.locale,
                routes.c.target.is_(None),
            ),
        )
        self._published = Bucketed(db, lambda items: seen.where(published.c.entry.in_(items)))
        self._snapshot = db.render(
            select(*columns, versions.c.document)
            .join(published, published.c.version == versions.c.id)
            .where(published.c.entry == bindparam("entry"), published.c.locale == bindparam("locale"))
        )
        self._snapshots = Bucketed(
            db,
            lambda items: (
                select(published.c.entry, published.c.locale, versions.c.document)
                .join(versions, versions.c.id == published.c.version)
                .where(published.c.entry.in_(items))
            ),
        )
        self._publish = db.render(insert(published))
        here = and_(published.c.entry == bindparam("entry_is"), published.c.locale == bindparam("locale_is"))
        self._republish = db.render(
            update(published)
            .where(here)
            .values({name: bindparam(name) for name in ("version", "number", "digest", "published_at")})
        )
        self._withdraw = db.render(delete(published).where(here))
        self._withdraw_all = Bucketed(db, lambda items: delete(published).where(published.c.entry.in_(items)))
        self._move = db.render(
            update(published).where(published.c.entry == bindparam("entry_is")).values(position=bindparam("position"))
        )

    async def insert(self, tx: Transaction, row: VersionRow) -> None:
        await tx.execute(self._insert, {**{name: getattr(row, name) for name in LISTED}, "document": row.document})

    async def last(self, queries: Queries, entry: str, locale: str) -> tuple[int, str | None]:
        """The highest number, and when the first publish that is still known was."""
        row = await queries.fetch_one(self._last, {"entry": entry, "locale": locale})
        return (0, None) if row is None else (int(row["number"] or 0), row["first"])

    async def newest(self, queries: Queries, entry: str, locale: str, below: int, limit: int) -> list[VersionRow]:
        """The newest first."""
        values: dict[str, Value] = {"entry": entry, "locale": locale, "below": below, "limit": limit}
        return [_version(row) for row in await queries.fetch_all(self._list, values)]

    async def get(self, queries: Queries, entry: str, locale: str, number: int) -> VersionRow | None:
        row = await queries.fetch_one(self._get, {"entry": entry, "locale": locale, "number": number})
        return None if row is None else _version(row, str(row["document"]))

    async def prune(self, tx: Transaction, entry: str, locale: str, keep: int) -> None:
        """Deletes what is neither labelled nor published beyond the ``keep`` newest; at most 256 at a time."""
        values: dict[str, Value] = {"entry": entry, "locale": locale, "keep": keep, "limit": 256}
        stale = [str(row["id"]) for row in await tx.fetch_all(self._stale, values)]
        await self._prune.execute(tx, stale)

    async def published(self, queries: Queries, entries: Sequence[str]) -> list[PublishedRow]:
        """The published locales of entries."""
        return [PublishedRow.of(row) for row in await self._published.fetch_all(queries, entries)]

    async def snapshot(self, queries: Queries, entry: str, locale: str) -> VersionRow | None:
        """The version that readers see."""
        row = await queries.fetch_one(self._snapshot, {"entry": entry, "locale": locale})
        return None if row is None else _version(row, str(row["document"]))

    async def snapshots(self, queries: Queries, entries: Sequence[str]) -> list[tuple[str, str, str]]:
        """(entry, locale, document) of all that is published of these entries."""
        rows = await self._snapshots.fetch_all(queries, entries)
        return [(str(row["entry"]), str(row["locale"]), str(row["document"])) for row in rows]

    async def publish(self, tx: Transaction, row: PublishedRow, *, again: bool) -> None:
        """Points readers at a version; ``again`` where the locale has been published."""
        if again:
            names = ("version", "number", "digest", "published_at")
            values: dict[str, Value] = {name: getattr(row, name) for name in names}
            await tx.execute(self._republish, {"entry_is": row.entry, "locale_is": row.locale, **values})
        else:
            await tx.execute(self._publish, row.values())

    async def withdraw(self, tx: Transaction, entry: str, locale: str) -> None:
        await tx.execute(self._withdraw, {"entry_is": entry, "locale_is": locale})

    async def withdraw_all(self, tx: Transaction, entries: Sequence[str]) -> None:
        await self._withdraw_all.execute(tx, entries)

    async def move(self, tx: Transaction, positions: Sequence[tuple[str, str]]) -> None:
        """Copies (entry, position) to what is published of them."""
        await tx.execute_many(self._move, [{"entry_is": id, "position": position} for id, position in positions])


def _version(row: Row, document: str = "") -> VersionRow:
    return VersionRow(**{name: row[name] for name in LISTED}, document=document)
