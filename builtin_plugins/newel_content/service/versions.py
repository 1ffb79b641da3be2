"""Versions: immutable copies of one locale of an entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from attrs import frozen

from newel import Call, Max, MaxLength, Min, NotFound, operation
from newel.app import App
from newel.contracts.audit import Change
from newel.contracts.content import Entry
from newel.structure import rfc3339
from newel_content.config import ContentConfig
from newel_content.documents.checking import storable
from newel_content.documents.document import Document, Flat, packed
from newel_content.documents.showing import by_name
from newel_content.model import Catalogue, Model
from newel_content.permissions import CONTENT_READ_DRAFT, CONTENT_UPDATE
from newel_content.service.entries import Base, Id, TypeName
from newel_content.service.merging import Merging
from newel_content.service.saving import Saver
from newel_content.service.showing import Shower
from newel_content.service.undoing import values_back
from newel_content.store import Store
from newel_content.store.entries import EntryRow
from newel_content.store.feed import telling
from newel_content.store.versions import VersionRow

LocaleCode = Annotated[str | None, "The locale; empty: the default one."]
Number = Annotated[int, "The version.", Min(1)]
LAST = 2**31 - 1


@frozen(kw_only=True)
class ListVersions:
    type: TypeName
    id: Id
    locale: LocaleCode = None
    below: Annotated[int | None, "Only versions with a lower number: the next page.", Min(1)] = None
    limit: Annotated[int, "Versions a page.", Min(1), Max(100)] = 25


@frozen(kw_only=True)
class GetVersion:
    type: TypeName
    id: Id
    number: Number
    locale: LocaleCode = None


@frozen(kw_only=True)
class NewVersion:
    type: TypeName
    id: Id
    locale: LocaleCode = None
    label: Annotated[str | None, "A name; a version with one is kept.", MaxLength(200)] = None


@frozen(kw_only=True)
class RestoreVersion:
    type: TypeName
    id: Id
    number: Number
    locale: LocaleCode = None
    revision: Base = None


@frozen(kw_only=True)
class Version:
    """One locale of an entry as it was. ``data`` is there where a single version was asked for."""

    number: int
    locale: str
    cause: str
    label: str | None
    author: str
    created_at: str
    published: bool
    """Whether readers see this one."""
    data: Mapping[str, Any] | None = None


@frozen(kw_only=True)
class VersionPage:
    data: tuple[Version, ...]
    next: int | None = None
    """``below`` of the following page."""


class Versions:
    """The operations on versions."""

    def __init__(self, app: App, config: ContentConfig, store: Store) -> None:
        self._app = app
        self._config = config
        self._store = store
        self._saver = Saver(app, config, store)
        self._merging = Merging(store, config)
        self._shower = Shower(store)

    @operation("content.versions", needs=CONTENT_READ_DRAFT, http="GET /content/{type}/{id}/versions")
    async def list(self, call: Call, order: ListVersions) -> VersionPage:
        """The versions of one locale, the newest first."""
        catalogue, _, row = await self._found(order.type, order.id)
        locale = catalogue.locale(order.locale)
        below = order.below or LAST
        rows = await self._store.versions.newest(self._store.db, row.id, locale, below, order.limit + 1)
        shown, more = rows[: order.limit], len(rows) > order.limit
        seen = await self._seen(row.id, locale)
        return VersionPage(data=tuple(_version(one, seen) for one in shown), next=shown[-1].number if more else None)

    @operation("content.version", needs=CONTENT_READ_DRAFT, http="GET /content/{type}/{id}/versions/{number}")
    async def get(self, call: Call, order: GetVersion) -> Version:
        """One version with its data; fields that the type no longer has are left out."""
        catalogue, model, row = await self._found(order.type, order.id)
        locale = catalogue.locale(order.locale)
        version = await self._store.versions.get(self._store.db, row.id, locale, order.number)
        if version is None:
            raise _missing(order.number, locale)
        data = by_name(catalogue, model, orjson.loads(version.document))
        return _version(version, await self._seen(row.id, locale), data)

    @operation(
        "content.snapshot",
        needs=CONTENT_UPDATE,
        http="POST /content/{type}/{id}/versions",
        effect="write",
        status=201,
    )
    async def snapshot(self, call: Call, order: NewVersion) -> Version:
        """Keeps the present draft of one locale as a version, by a name where one is given."""
        catalogue, model, row = await self._saver.opened(call, order.type, order.id)
        locale = catalogue.locale(order.locale)
        storable(order.label, "/label")
        flat = Document.read(row.document).flat(model, locale)
        made = await self._keep(call, row, locale, flat, "manual", order.label)
        return _version(made, None, by_name(catalogue, model, flat))

    @operation(
        "content.restore",
        needs=CONTENT_UPDATE,
        http="POST /content/{type}/{id}/versions/{number}/restore",
        effect="write",
        revision="revision",
        undo=values_back,
    )
    @telling
    async def restore(self, call: Call, order: RestoreVersion) -> Entry:
        """Makes a version the draft again, and keeps that as a new version (cause ``restore``).

        The locale's fields and the shared ones become what they were; other locales stay. It is checked like any
        change. Readers see it once it is published.
        """
        catalogue, model, row = await self._saver.opened(call, order.type, order.id)
        locale = catalogue.locale(order.locale)
        await self._merging.unchanged(call.tx, row, order.revision)
        version = await self._store.versions.get(call.tx, row.id, locale, order.number)
        if version is None:
            raise _missing(order.number, locale)
        draft = self._saver.draft(catalogue, model, row, Document.read(row.document), locale)
        self._saver.apply(draft, by_name(catalogue, model, orjson.loads(version.document)), replace=True)
        draft.checker.targets.clear()  # what was a reference then may point at nothing now, as any draft's may
        await self._saver.verify(call.tx, draft)
        await self._saver.ask(call, draft)
        row = await self._saver.save(call, draft)
        await self._keep(call, row, locale, draft.document.flat(model, locale), "restore", None)
        return await self._shower.draft(call.tx, catalogue, model, row, draft.document, locale)

    async def _found(self, type: str, id: str) -> tuple[Catalogue, Model, EntryRow]:
        catalogue = await self._store.catalogue.load(self._store.db)
        model = catalogue.model(type)
        row = await self._store.entries.get(self._store.db, id)
        if row is None or row.type != model.id or row.deleted_at is not None:
            raise NotFound(f"there is no '{type}' with the id '{id}'")
        return catalogue, model, row

    async def _seen(self, entry: str, locale: str) -> int | None:
        """The number of the published version."""
        rows = await self._store.versions.published(self._store.db, [entry])
        return next((row.number for row in rows if row.locale == locale), None)

    async def _keep(
        self, call: Call, row: EntryRow, locale: str, flat: Flat, cause: str, label: str | None
    ) -> VersionRow:
        number, _ = await self._store.versions.last(call.tx, row.id, locale)
        made = VersionRow(
            self._app.ids.new(), row.id, locale, number + 1, cause, label, call.actor.id, rfc3339(call.now),
            packed(flat),
        )  # fmt: skip
        await self._store.versions.insert(call.tx, made)
        if made.number > self._config.keep_versions:
            await self._store.versions.prune(call.tx, row.id, locale, self._config.keep_versions)
        after = {"locale": locale, "number": made.number, "cause": cause, "label": label}
        call.changed(Change(entity="version", id=row.id, before=None, after=after))
        return made


def _version(row: VersionRow, published: int | None, data: Mapping[str, Any] | None = None) -> Version:
    return Version(
        number=row.number,
        locale=row.locale,
        cause=row.cause,
        label=row.label,
        author=row.author,
        created_at=row.created_at,
        published=row.number == published,
        data=data,
    )


def _missing(number: int, locale: str) -> NotFound:
    return NotFound(f"there is no version {number} in '{locale}'")
