"""Fills a site's tables directly, with the rows that writing and publishing would have made: for lists of many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import Factory, define, frozen

from newel.ids import encode
from newel.structure import rfc3339
from newel_content import tables
from newel_content.documents.document import Document, digest, packed
from newel_content.documents.positions import at_end
from newel_content.documents.rows import Links, draft_index, published_index
from newel_content.model import Catalogue, Model
from newel_content.store.entries import parent_key
from newel_content.store.routes import path_key

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
BATCH = 5000


@frozen(kw_only=True)
class Seed:
    """An entry: shared values by name, localised ones by locale, and the locales it is published in with their values.

    ``published``: by locale all values that differ from the draft. ``at``: seconds after the first of all times.
    """

    shared: Mapping[str, Any] = Factory(dict)
    local: Mapping[str, Mapping[str, Any]] = Factory(dict)
    published: Mapping[str, Mapping[str, Any]] = Factory(dict)
    at: int = 0
    first: int = 0
    again: int = 0
    parent: str | None = None
    paths: Mapping[str, str] = Factory(dict)


def entry_id(number: int) -> str:
    """The id of the n-th entry: in the order of numbers."""
    return encode(1_577_836_800_000 + number, 7)


def moment(seconds: int) -> str:
    return rfc3339(BEGIN + timedelta(seconds=seconds))


@define
class Rows:
    """Rows by table, waiting to be written."""

    waiting: dict[str, list[dict[str, Any]]] = Factory(dict)

    def add(self, table: str, **row: Any) -> None:
        self.waiting.setdefault(table, []).append(row)


async def seed(store: Any, model: Model, catalogue: Catalogue, seeds: Iterable[Seed], start: int = 0) -> list[str]:
    """Writes the entries; answers their ids, in order."""
    ids: list[str] = []
    rows = Rows()
    for number, one in enumerate(seeds, start):
        id = entry_id(number)
        ids.append(id)
        _entry(rows, model, catalogue, one, id)
        if len(ids) % BATCH == 0:
            await _write(store, rows)
    await _write(store, rows)
    return ids


async def _write(store: Any, rows: Rows) -> None:
    order = ("entries", "versions", "published", "index", "references", "routes")
    async with store.db.transaction() as tx:
        for name in order:
            waiting = rows.waiting.pop(name, [])
            if waiting:
                text = store.db.render(getattr(tables, name).insert())
                await tx.execute_many(text, waiting)


def _flat(model: Model, values: Mapping[str, Any]) -> dict[str, Any]:
    return {model.fields[name].key: value for name, value in values.items() if value is not None}


def _entry(rows: Rows, model: Model, catalogue: Catalogue, one: Seed, id: str) -> None:
    shared = _flat(model, one.shared)
    document = Document(shared, {code: _flat(model, values) for code, values in one.local.items()})
    key, position = parent_key(model, one.parent), at_end(id)
    rows.add(
        "entries", id=id, space="main", type=model.id, parent=one.parent, parent_key=key, position=position, revision=1,
        document=document.text(), author="seed", created_at=moment(one.at), updated_at=moment(one.at), deleted_at=None,
    )  # fmt: skip
    for row in draft_index(catalogue, model, document, key):
        _index(rows, model, id, "draft", row)
    links = Links(catalogue)
    links.document(model, document)
    _references(rows, id, "draft", links)
    for number, (code, changes) in enumerate(one.published.items()):
        flat = {**document.flat(model, code), **_flat(model, changes)}
        for name, value in changes.items():
            if value is None:
                flat.pop(model.fields[name].key, None)
        _snapshot(rows, model, catalogue, one, id, code, flat, number, key, position)


def _snapshot(
    rows: Rows, model: Model, catalogue: Catalogue, one: Seed, id: str, code: str, flat: dict[str, Any],
    number: int, key: str, position: str,
) -> None:  # fmt: skip
    version = f"{id[:-2]}V{number}"
    rows.add(
        "versions", id=version, entry=id, locale=code, number=1, cause="publish", label=None, document=packed(flat),
        author="seed", created_at=moment(one.first),
    )  # fmt: skip
    rows.add(
        "published", entry=id, locale=code, type=model.id, version=version, number=1, digest=digest(flat),
        position=position, published_at=moment(one.again or one.first), first_published_at=moment(one.first),
    )  # fmt: skip
    for row in published_index(model, flat, key, code):
        _index(rows, model, id, "published", row)
    links = Links(catalogue)
    links.flat(model, flat, code)
    _references(rows, id, "published", links)
    if code in one.paths:
        path = one.paths[code]
        rows.add(
            "routes", space="main", locale=code, path=path, path_key=path_key(path), entry=id, target=None, status=200,
            preserve_query=1, updated_at=moment(one.first),
        )  # fmt: skip


def _index(rows: Rows, model: Model, id: str, stage: str, row: Any) -> None:
    rows.add(
        "index", entry=id, type=model.id, field=row.field, stage=stage, locale=row.locale, ordinal=row.ordinal,
        sort_key=row.sort_key, text_value=row.text_value, unique_key=row.unique_key,
    )  # fmt: skip


def _references(rows: Rows, id: str, stage: str, links: Links) -> None:
    for row in links.rows:
        rows.add(
            "references", source=id, field=row.field, place=row.place, stage=stage, locale=row.locale,
            ordinal=row.ordinal, target=row.target, on_delete=row.on_delete, outside=row.outside,
        )  # fmt: skip


class Counting:
    """A database that counts and keeps the statements it is asked."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.texts: list[str] = []
        self.values: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def fetch_one(self, statement: str, values: Any = None) -> Any:
        self._note(statement, values)
        return await self._inner.fetch_one(statement, values)

    async def fetch_all(self, statement: str, values: Any = None) -> Any:
        self._note(statement, values)
        return await self._inner.fetch_all(statement, values)

    def _note(self, statement: str, values: Any) -> None:
        self.texts.append(statement)
        self.values.append(values)

    def transaction(self, *, read_only: bool = False) -> Any:
        return _CountingTransaction(self, read_only)

    def taken(self) -> Sequence[str]:
        """The statements since the last time."""
        found, self.texts = self.texts, []
        self.values = []
        return found


class _CountingTransaction:
    def __init__(self, counting: Counting, read_only: bool) -> None:
        self._counting = counting
        self._context = counting._inner.transaction(read_only=read_only)

    async def __aenter__(self) -> Counting:
        inside = Counting(await self._context.__aenter__())
        inside.texts, inside.values = self._counting.texts, self._counting.values
        return inside

    async def __aexit__(self, *error: Any) -> Any:
        return await self._context.__aexit__(*error)


def watched(site_store: Any, reader: Any) -> Counting:
    """Lets the reader's statements be counted."""
    counting = Counting(site_store.db)
    site_store.db = counting
    reader.open()
    return counting
