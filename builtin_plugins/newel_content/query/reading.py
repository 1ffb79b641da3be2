"""What readers see: published snapshots, composed. The provider of ``Content``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from attrs import evolve, frozen
from sqlalchemy import and_, bindparam, select

from newel import Malformed, NotFound
from newel.contracts.content import ContentType, Entry, EntryPage, ListQuery, Locale, RouteRow, RouteTarget
from newel.contracts.database import Queries, Row
from newel.ids import is_id
from newel_content import tables
from newel_content.config import ContentConfig
from newel_content.documents.showing import by_name
from newel_content.model import REFERENCE, Catalogue, Model
from newel_content.query.conditions import bad
from newel_content.query.listing import Lister
from newel_content.store import Store
from newel_content.store.buckets import Bucketed
from newel_content.store.routes import path_key

MAX_EXPAND = 3
MAX_DEPTH = 3


@frozen
class Reads:
    """The statements of published reads, rendered at start."""

    by_id: Bucketed
    by_slug: str
    at_path: str
    children: Bucketed
    routes: str
    singles: str

    @classmethod
    def of(cls, db: Any) -> Reads:
        entries, published, versions, routes = tables.entries, tables.published, tables.versions, tables.routes
        index = tables.index
        here = and_(
            routes.c.entry == published.c.entry, routes.c.locale == published.c.locale, routes.c.target.is_(None)
        )
        whole = select(
            published.c.entry, published.c.locale, published.c.type, published.c.number, published.c.position,
            published.c.published_at, entries.c.parent, entries.c.space, entries.c.created_at, versions.c.document,
            versions.c.author, routes.c.path,
        ).select_from(
            published.join(entries, entries.c.id == published.c.entry)
            .join(versions, versions.c.id == published.c.version)
            .outerjoin(routes, here)
        )  # fmt: skip
        slug = select(index.c.entry, index.c.locale).where(
            index.c.type == bindparam("type"), index.c.field == bindparam("field"), index.c.stage == "published",
            index.c.sort_key == bindparam("key"), index.c.text_value == bindparam("slug"),
        )  # fmt: skip
        at = select(routes).where(routes.c.space == bindparam("space"), routes.c.path_key == bindparam("key"))
        table = select(routes, entries.c.type).select_from(
            routes.outerjoin(entries, entries.c.id == routes.c.entry)
        ).where(routes.c.space == bindparam("space"), routes.c.path > bindparam("after"))  # fmt: skip
        return cls(
            Bucketed(db, lambda items: whole.where(published.c.entry.in_(items))),
            db.render(slug),
            db.render(at),
            Bucketed(
                db, lambda items: whole.where(entries.c.parent.in_(items)).order_by(published.c.position, entries.c.id)
            ),
            db.render(table.order_by(routes.c.path, routes.c.locale).limit(bindparam("wanted"))),
            db.render(select(published.c.entry).where(published.c.type == bindparam("type")).limit(1).distinct()),
        )


class Reader:
    """Keeps the contract ``Content``: published snapshots only; no statement here knows drafts."""

    def __init__(self, store: Store, config: ContentConfig) -> None:
        self._store = store
        self._config = config

    def open(self) -> None:
        self._reads = Reads.of(self._store.db)
        self.lister = Lister(self._store.db, self._config)

    async def list_published(self, query: ListQuery) -> EntryPage:
        async with self._store.db.transaction(read_only=True) as snapshot:
            catalogue = await self._store.catalogue.load(snapshot)
            model = self._model(catalogue, query.type)
            locale = catalogue.locale(query.locale)
            page = await self.lister.page(snapshot, model, "published", locale, query)
            found = await self._entries(snapshot, catalogue, page.ids, locale, query)
            shown = [found[id] for id in page.ids if id in found]
            return EntryPage(
                data=tuple(await self._finished(snapshot, catalogue, shown, locale, query)),
                next=page.next,
                total=page.total,
            )

    async def get_published(self, type: str, key: str, query: ListQuery) -> Entry:
        async with self._store.db.transaction(read_only=True) as snapshot:
            catalogue = await self._store.catalogue.load(snapshot)
            model = self._model(catalogue, type)
            locale = catalogue.locale(query.locale)
            id: str | None = key
            if model.kind == "single" and key == type:
                row = await snapshot.fetch_one(self._reads.singles, {"type": model.id})
                id = None if row is None else row["entry"]
            elif not is_id(key):
                id = await self._by_slug(snapshot, catalogue, model, key, locale, query)
            found = {} if id is None else await self._entries(snapshot, catalogue, [id], locale, query)
            entry = found.get(id or "")
            if entry is None or entry.type != type:
                raise NotFound(f"no '{type}' is published under '{key}'")
            return (await self._finished(snapshot, catalogue, [entry], locale, query))[0]

    async def _by_slug(
        self, queries: Queries, catalogue: Catalogue, model: Model, slug: str, locale: str, query: ListQuery
    ) -> str | None:
        bound = model.slug
        if bound is None or bound.kind.key is None:
            return None
        values: dict[str, Any] = {
            "type": model.id,
            "field": bound.number,
            "key": bound.kind.key(slug, bound.field),
            "slug": slug,
        }
        rows = await queries.fetch_all(self._reads.by_slug, values)
        for code in self._chain(catalogue, locale, query):
            for row in rows:
                if row["locale"] == code:
                    return str(row["entry"])
        return None

    async def page_at(self, path: str, query: ListQuery, *, depth: int = 0) -> tuple[RouteTarget, Sequence[Entry]]:
        async with self._store.db.transaction(read_only=True) as snapshot:
            catalogue = await self._store.catalogue.load(snapshot)
            locale = catalogue.locale(query.locale)
            rows = await snapshot.fetch_all(self._reads.at_path, {"space": catalogue.space, "key": path_key(path)})
            by_locale = {row["locale"]: row for row in rows if row["path"] == path}
            chosen = next((by_locale[one] for one in self._chain(catalogue, locale, query) if one in by_locale), None)
            if chosen is None:
                raise NotFound("no page is published at this path")
            if chosen["target"] is not None:
                return RouteTarget(redirect=f"/{chosen['target'].lstrip('/')}", status=int(chosen["status"])), ()
            found = await self._entries(snapshot, catalogue, [chosen["entry"]], locale, query)
            if chosen["entry"] not in found:
                raise NotFound("no page is published at this path")
            below = await self._below(snapshot, catalogue, chosen["entry"], locale, query, min(depth, MAX_DEPTH))
            page = (await self._finished(snapshot, catalogue, [found[chosen["entry"]]], locale, query))[0]
            return RouteTarget(entry=page), below

    async def _below(
        self, queries: Queries, catalogue: Catalogue, id: str, locale: str, query: ListQuery, depth: int
    ) -> list[Entry]:
        shown: list[Entry] = []
        parents = [id]
        for _ in range(depth):
            rows = await self._reads.children.fetch_all(queries, parents) if parents else []
            level = self._chosen(catalogue, rows, locale, query)
            shown += level.values()
            parents = list(level)
        return shown

    async def routes(self, locale: str | None = None, *, after: str = "", limit: int = 1000) -> Sequence[RouteRow]:
        catalogue = await self._store.catalogue.load(self._store.db)
        # An empty path (the home page) sorts first; "after" is exclusive but for the very first page.
        values: dict[str, Any] = {"space": catalogue.space, "after": after, "wanted": limit}
        rows = await self._store.db.fetch_all(self._reads.routes, values)
        if not after:
            home = await self._store.db.fetch_all(self._reads.at_path, {"space": catalogue.space, "key": path_key("")})
            rows = [*({**dict(row), "type": None} for row in home), *rows]
        return [
            RouteRow(
                path=f"/{row['path']}", locale=row["locale"], entry=row["entry"],
                type=catalogue.by_id[row["type"]].name if row["type"] in catalogue.by_id else None,
                redirect=row["target"], status=int(row["status"]), updated_at=row["updated_at"],
            )
            for row in rows
            if locale in (None, row["locale"])
        ]  # fmt: skip

    async def types(self) -> Sequence[ContentType]:
        catalogue = await self._store.catalogue.load(self._store.db)
        return [model.type for model in catalogue.models.values()]

    async def locales(self) -> Sequence[Locale]:
        catalogue = await self._store.catalogue.load(self._store.db)
        return list(catalogue.locales.values())

    # -- composing --------------------------------------------------------------------------------------------------

    def _model(self, catalogue: Catalogue, name: str) -> Model:
        model = catalogue.model(name)
        if model.kind == "block":
            raise NotFound(f"there is no content type '{name}' with entries of its own")
        return model

    def _chain(self, catalogue: Catalogue, locale: str, query: ListQuery) -> tuple[str, ...]:
        return catalogue.chain(locale) if query.fallback else (locale,)

    async def _entries(
        self, queries: Queries, catalogue: Catalogue, ids: Sequence[str], locale: str, query: ListQuery
    ) -> dict[str, Entry]:
        if not ids:
            return {}
        return self._chosen(catalogue, await self._reads.by_id.fetch_all(queries, ids), locale, query)

    def _chosen(self, catalogue: Catalogue, rows: Iterable[Row], locale: str, query: ListQuery) -> dict[str, Entry]:
        """Each entry in the best locale there is, its gaps filled from the fallbacks."""
        chain = self._chain(catalogue, locale, query)
        grouped: dict[str, dict[str, Row]] = {}
        for row in rows:
            if row["locale"] in chain:
                grouped.setdefault(row["entry"], {})[row["locale"]] = row
        made = {}
        for id, found in grouped.items():
            best = [found[code] for code in chain if code in found]
            flat: dict[str, Any] = {}
            for row in reversed(best):
                flat |= orjson.loads(row["document"])
            first = best[0]
            model = catalogue.by_id[first["type"]]
            made[id] = Entry(
                id=id, type=model.name, space=first["space"], revision=int(first["number"]), locale=first["locale"],
                data=by_name(catalogue, model, flat), parent=first["parent"], position=first["position"],
                path=None if first["path"] is None else f"/{first['path']}", created_at=first["created_at"],
                updated_at=first["published_at"], published_at=first["published_at"], author=None,
            )  # fmt: skip
        return made

    async def _finished(
        self, queries: Queries, catalogue: Catalogue, entries: Sequence[Entry], locale: str, query: ListQuery
    ) -> list[Entry]:
        tree = _tree(query.expand)
        shown = [evolve(one, data=dict(one.data)) for one in entries]
        await self._expand(queries, catalogue, shown, tree, locale, query)
        if not query.fields:
            return shown
        wanted = {name.partition(".")[0] for name in query.fields}
        if entries:
            known = catalogue.model(entries[0].type).fields
            for name in wanted - set(known):
                raise bad("/fields", "unknown", f"there is no field '{name}'")
        return [evolve(one, data={key: value for key, value in one.data.items() if key in wanted}) for one in shown]

    async def _expand(
        self,
        queries: Queries,
        catalogue: Catalogue,
        entries: Sequence[Entry],
        tree: Mapping[str, Any],
        locale: str,
        query: ListQuery,
    ) -> None:
        """Puts entries in the place of their ids: one statement a level, for all entries of the level together."""
        if not tree or not entries:
            return
        places: list[tuple[dict[str, Any], str]] = []
        for entry in entries:
            model = catalogue.model(entry.type)
            for name in tree:
                bound = model.fields.get(name)
                if bound is None or bound.field.type != REFERENCE:
                    raise bad("/expand", "unknown", f"'{name}' is no reference of '{entry.type}'")
                places.append((entry.data, name))  # type: ignore[arg-type]  # a dict of our own making
        ids = sorted({id for data, name in places for id in _ids(data[name])})
        found = await self._entries(queries, catalogue, ids, locale, query)
        found = {id: evolve(one, data=dict(one.data)) for id, one in found.items()}
        for name, inner in tree.items():
            below = [found[id] for data, key in places if key == name for id in _ids(data[key]) if id in found]
            if inner:
                await self._expand(
                    queries, catalogue, list({one.id: one for one in below}.values()), inner, locale, query
                )
        for data, name in places:
            value = data[name]
            if isinstance(value, list):
                data[name] = [found[id] for id in value if id in found]
            elif value is not None:
                data[name] = found.get(value)


def _ids(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _tree(paths: Sequence[str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path in paths:
        parts = path.split(".")
        if len(parts) > MAX_EXPAND:
            raise Malformed(f"'{path}' expands more than {MAX_EXPAND} levels")
        place = tree
        for part in parts:
            place = place.setdefault(part, {})
    return tree
