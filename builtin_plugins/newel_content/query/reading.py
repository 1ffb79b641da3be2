"""The provider of ``Content``: what readers see."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import orjson
from attrs import define

from newel import NotFound
from newel.bounds import Fault
from newel.contracts.content import (
    ChangePage,
    ContentType,
    Entry,
    EntryPage,
    ListQuery,
    Locale,
    OutsideUse,
    RouteRow,
    RouteTarget,
)
from newel.contracts.database import Queries, Transaction
from newel.ids import is_id
from newel_content.config import ContentConfig
from newel_content.model import Catalogue, Model
from newel_content.query import statements
from newel_content.query.asking import Asker, listable, locales_of
from newel_content.query.changes import Changes
from newel_content.query.composing import Composer, Found
from newel_content.query.listing import Lister
from newel_content.query.outside import Places, told
from newel_content.query.sides import PUBLISHED
from newel_content.query.snapshots import Snapshots, chosen, found_in, lacking
from newel_content.query.wanted import Wanted, WantedReader
from newel_content.service.showing import address_of
from newel_content.store import Store
from newel_content.store.routes import path_key

MAX_DEPTH = 3
MAX_LEVEL = 1000


@define
class Reading:
    """One answer in the making: one snapshot of the database, and who looks at it."""

    queries: Queries
    catalogue: Catalogue
    chain: tuple[str, ...]
    visible: Callable[[Model], bool]
    snapshots: Snapshots
    places: Places

    async def fetch(self, ids: Sequence[str]) -> Mapping[str, Found]:
        rows = await self.snapshots.rows(self.queries, statements.by_id, ids, self.chain)
        return chosen(self.catalogue, rows, self.chain, self.visible)

    async def composed(self, found: Sequence[Found], wanted: Wanted) -> list[Entry]:
        return await Composer(self.catalogue, self.fetch, self.places).all(found, wanted)

    def wanted(self, query: ListQuery, *models: Model) -> Wanted:
        return WantedReader(self.catalogue, self.visible).read(models, query.expand, query.fields)


class Reader:
    """Keeps the contract ``Content``."""

    lister: Lister
    _snapshots: Snapshots
    _changes: Changes

    def __init__(self, store: Store, config: ContentConfig, now: Callable[[], datetime]) -> None:
        self._store = store
        self.asker = Asker(config, now)

    def open(self) -> None:
        """The database is there."""
        self.lister = Lister(self._store.db)
        self._snapshots = Snapshots(self._store.db)
        self._changes = Changes(self._store.db)

    @asynccontextmanager
    async def _reading(self, query: ListQuery, private: bool) -> AsyncIterator[Reading]:
        """After the block, what points outside of content is put into the answer that was made in it."""
        async with self._store.db.transaction(read_only=True) as snapshot:
            catalogue = await self._store.catalogue.load(snapshot)
            chain = locales_of(catalogue, query)
            places = Places(catalogue, chain[0], private=private)
            yield Reading(snapshot, catalogue, chain, everything if private else _public, self._snapshots, places)
        await places.fill()

    async def list_published(self, query: ListQuery, *, private: bool = False) -> EntryPage:
        async with self._reading(query, private) as reading:
            model = listable(reading.catalogue, query.type, reading.visible)
            wanted = reading.wanted(query, model)
            asked = self.asker.read(reading.catalogue, PUBLISHED, model, query, reading.chain, reading.visible)
            page = await self.lister.page(reading.queries, asked)
            found = [found_in(model, row, orjson.loads(row["document"])) for row in page.rows]
            if len(reading.chain) > 1:
                found = await self._without_gaps(reading, found)
            return EntryPage(data=tuple(await reading.composed(found, wanted)), next=page.next, total=page.total)

    async def _without_gaps(self, reading: Reading, found: list[Found]) -> list[Found]:
        """The entries of a page with what they lack from the following locales: one statement, where one lacks any."""
        ids = [one.entry.id for one in found if one.entry.locale != reading.chain[-1] and lacking(one.model, one.flat)]
        whole = await reading.fetch(ids) if ids else {}
        return [whole.get(one.entry.id, one) for one in found]

    async def get_published(self, type: str, key: str, query: ListQuery, *, private: bool = False) -> Entry:
        async with self._reading(query, private) as reading:
            model = listable(reading.catalogue, type, reading.visible)
            wanted = reading.wanted(query, model)
            found = (await reading.fetch([key])).get(key) if is_id(key) else await self._by_slug(reading, model, key)
            if found is None or found.model is not model:
                raise NotFound(f"there is no published '{type}' with the id or slug '{key}'")
            return (await reading.composed([found], wanted))[0]

    async def _by_slug(self, reading: Reading, model: Model, slug: str) -> Found | None:
        """The entry with the slug in the first locale that has it; of several pages (below different parents) the
        oldest.
        """
        bound = model.slug
        if bound is None or bound.kind.key is None:
            return None
        try:
            key = bound.kind.key(bound.kind.parse(slug, bound.field), bound.field)
        except Fault:
            return None
        values = {"type": model.id, "field": bound.number, "key": key}
        rows = await self._snapshots.rows(reading.queries, statements.by_slug, [slug], reading.chain, **values)
        found = chosen(reading.catalogue, rows, reading.chain, reading.visible)
        places = [
            (reading.chain.index(row["locale"]), str(row["entry"]))
            for row in rows
            if row["entry"] in found and orjson.loads(row["document"]).get(bound.key) == slug
        ]
        return found[min(places)[1]] if places else None

    async def page_at(
        self, path: str, query: ListQuery, *, depth: int = 0, private: bool = False
    ) -> tuple[RouteTarget, Sequence[Entry]]:
        async with self._reading(query, private) as reading:
            nowhere = NotFound(f"no page answers at '/{path}'")
            space = reading.catalogue.space
            rows = await self._snapshots.rows(
                reading.queries, statements.at_path, [path_key(path)], reading.chain, space=space
            )
            by_locale = {row["locale"]: row for row in rows if row["path"] == path}
            route = next((by_locale[code] for code in reading.chain if code in by_locale), None)
            model = None if route is None else reading.catalogue.by_id.get(route["type"] or "")
            if route is None or (model is not None and not reading.visible(model)):
                raise nowhere
            if route["target"] is not None:
                return RouteTarget(redirect=route["target"], status=route["status"]), ()
            found = (await reading.fetch([route["entry"]])).get(route["entry"])
            if found is None:
                raise nowhere
            below = await self._below(reading, found, min(depth, MAX_DEPTH))
            wanted = reading.wanted(query, found.model, *{one.model.name: one.model for one in below}.values())
            entry, *others = await reading.composed([found, *below], wanted)
            return RouteTarget(entry=entry), others

    async def _below(self, reading: Reading, top: Found, depth: int) -> list[Found]:
        """What is published below a page, level by level, each in the order of the tree; up to 1,000 a level."""
        below: list[Found] = []
        parents = [top.entry.id]
        for _ in range(depth):
            if not parents:
                break
            wanted = MAX_LEVEL * len(reading.chain)
            rows = await self._snapshots.rows(
                reading.queries, statements.children, parents, reading.chain, wanted=wanted
            )
            level = list(chosen(reading.catalogue, rows, reading.chain, reading.visible).values())[:MAX_LEVEL]
            below += level
            parents = [one.entry.id for one in level]
        return below

    async def singles(self, query: ListQuery, *, private: bool = False) -> Sequence[Entry]:
        async with self._reading(query, private) as reading:
            models = [one for one in reading.catalogue.models.values() if one.kind == "single" and reading.visible(one)]
            if not models:
                return ()
            wanted = reading.wanted(query, *models)
            ids = [model.id for model in models]
            rows = await self._snapshots.rows(reading.queries, statements.of_types, ids, reading.chain)
            found = chosen(reading.catalogue, rows, reading.chain, reading.visible)
            return await reading.composed(sorted(found.values(), key=lambda one: one.model.name), wanted)

    async def routes(
        self, locale: str | None = None, *, after: str | None = None, limit: int = 1000, private: bool = False
    ) -> Sequence[RouteRow]:
        async with self._reading(ListQuery(type="any", locale=locale, fallback=False), private) as reading:
            catalogue = reading.catalogue
            hidden = [model.id for model in catalogue.models.values() if not reading.visible(model)]
            path = None if after is None else after.removeprefix("/")
            rows = await self._snapshots.routes(
                reading.queries, catalogue.space, reading.chain[0], hidden, path, min(limit, 1000)
            )
        return [_route(catalogue, row) for row in rows]

    async def changes(self, since: str | None = None, *, limit: int = 100, private: bool = False) -> ChangePage:
        visible = everything if private else _public
        async with self._store.db.transaction(read_only=True) as snapshot:
            catalogue = await self._store.catalogue.load(snapshot)
            return await self._changes.page(snapshot, catalogue, since, min(limit, 1000), visible, private=private)

    async def uses(
        self, kind: str, ids: Sequence[str], *, limit: int = 100, tx: Transaction | None = None
    ) -> Sequence[OutsideUse]:
        queries = self._store.db if tx is None else tx
        catalogue = await self._store.catalogue.load(queries)
        return told(catalogue, await self._store.rows.outside(queries, [f"{kind}:{id}" for id in ids], limit))

    async def types(self) -> Sequence[ContentType]:
        catalogue = await self._store.catalogue.load(self._store.db)
        return [model.type for model in catalogue.models.values()]

    async def locales(self) -> Sequence[Locale]:
        catalogue = await self._store.catalogue.load(self._store.db)
        return list(catalogue.locales.values())


def _public(model: Model) -> bool:
    return model.type.public


def everything(model: Model) -> bool:
    return True


def _route(catalogue: Catalogue, row: Mapping[str, Any]) -> RouteRow:
    model = catalogue.by_id.get(row["type"] or "")
    return RouteRow(
        path=address_of(row["path"]) or "/",
        locale=row["locale"],
        entry=row["entry"],
        type=None if model is None else model.name,
        redirect=row["target"],
        status=row["status"],
        updated_at=row["updated_at"],
    )
