"""Entries: create, read, change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from attrs import field, frozen

from newel import Call, Conflict, NotFound, Pattern, Reject, operation
from newel.app import App
from newel.contracts.content import MAIN, NAME_PATTERN, Entry
from newel.contracts.database import UniqueViolation
from newel.structure import rfc3339
from newel_content.config import ContentConfig
from newel_content.documents.document import Document
from newel_content.documents.positions import at_end
from newel_content.model import Catalogue, Model
from newel_content.permissions import CONTENT_CREATE, CONTENT_READ, CONTENT_READ_DRAFT, CONTENT_UPDATE
from newel_content.service.merging import Merging, refuse
from newel_content.service.parenthood import Parenthood
from newel_content.service.saving import Draft, Saver
from newel_content.service.showing import Shower
from newel_content.service.undoing import entry_gone, values_back
from newel_content.store import Store
from newel_content.store.entries import EntryRow, parent_key
from newel_content.store.feed import telling

TypeName = Annotated[str, "The content type.", Pattern(NAME_PATTERN)]
Id = Annotated[str, "The entry."]
LocaleCode = Annotated[str | None, "The locale; empty: the default one. `*`: localised fields as `{code: value}`."]
Base = Annotated[int | None, "The revision that the change is based on; empty: whatever is there."]
ULID = r"[0-7][0-9A-HJKMNP-TV-Z]{25}"
ONLY = "only"
"""The position of a single's entry: the unique index on places lets no second one in."""


@frozen(kw_only=True)
class NewEntry:
    type: TypeName
    data: Annotated[Mapping[str, Any], "The fields by name."] = field(factory=dict)
    locale: LocaleCode = None
    parent: Annotated[str | None, "The page above it (pages only); empty: at the top."] = None
    id: Annotated[str | None, "An id of one's own: a ULID that no entry has; empty: a new one.", Pattern(ULID)] = None


@frozen(kw_only=True)
class GetEntry:
    type: TypeName
    id: Id
    locale: LocaleCode = None
    status: Annotated[Literal["draft", "published"], "The draft, or what readers see."] = "draft"


@frozen(kw_only=True)
class ChangeEntry:
    type: TypeName
    id: Id
    data: Annotated[Mapping[str, Any], "The fields to change by name; `null` empties a field."]
    locale: LocaleCode = None
    revision: Base = None


class Entries:
    """The operations on single drafts."""

    def __init__(self, app: App, config: ContentConfig, store: Store) -> None:
        self._app = app
        self._store = store
        self._saver = Saver(app, config, store)
        self._merging = Merging(store, config)
        self._shower = Shower(store)
        self._parenthood = Parenthood(config, store)

    @operation(
        "content.create",
        needs=CONTENT_CREATE,
        http="POST /content/{type}",
        effect="write",
        status=201,
        undo=entry_gone,
    )
    async def create(self, call: Call, order: NewEntry) -> Entry:
        """Creates an entry as a draft.

        Fields that are not given get their default; a missing slug is made from its source field. Raises ``conflict``
        (``not_unique``) with the pointers of values that others have.
        """
        catalogue = await self._store.catalogue.load(call.tx, lock="shared")
        model = catalogue.model(order.type)
        if model.kind == "block":
            raise Reject.field("/type", "kind", "blocks live inside entries, not on their own")
        locale = catalogue.locale(order.locale, every=True)
        parent = await self._parenthood.checked(call.tx, catalogue, model, order.parent)
        draft = self._saver.draft(catalogue, model, self._new(call, model, parent, order.id), None, locale)
        self._saver.apply(draft, order.data)
        self._saver.defaults(draft, order.data)
        await self._saver.verify(call.tx, draft)
        await self._saver.ask(call, draft)
        try:
            row = await self._saver.save(call, draft)
        except UniqueViolation as violation:
            if model.kind != "single":
                raise
            raise Conflict(f"'{model.name}' has its one entry already", code="single_exists") from violation
        return self._shower.shown(catalogue, model, row, draft.document, locale)

    def _new(self, call: Call, model: Model, parent: str | None, own: str | None) -> EntryRow:
        id = self._app.ids.new()
        now = rfc3339(call.now)
        return EntryRow(
            id=own or id,
            space=MAIN,
            type=model.id,
            parent=parent,
            parent_key=parent_key(model, parent),
            position=ONLY if model.kind == "single" else at_end(id),
            revision=1,
            document="",
            author=call.actor.id,
            created_at=now,
            updated_at=now,
            deleted_at=None,
        )

    @operation("content.get", needs=CONTENT_READ, http="GET /content/{type}/{id}")
    async def get(self, call: Call, order: GetEntry) -> Entry:
        """One entry: its draft, or with ``status=published`` what readers see."""
        if order.status == "draft":
            call.actor.require(CONTENT_READ_DRAFT)
        async with self._store.db.transaction(read_only=True) as snapshot:
            catalogue = await self._store.catalogue.load(snapshot)
            model = catalogue.model(order.type)
            row = await self._store.entries.get(snapshot, order.id)
            if row is None or row.type != model.id or row.deleted_at is not None:
                raise NotFound(f"there is no '{order.type}' with the id '{order.id}'")
            if order.status == "draft":
                locale = catalogue.locale(order.locale, every=True)
                return await self._shower.draft(snapshot, catalogue, model, row, Document.read(row.document), locale)
            return await self._published(snapshot, catalogue, model, row, catalogue.locale(order.locale))

    async def _published(self, snapshot: Any, catalogue: Catalogue, model: Model, row: EntryRow, locale: str) -> Entry:
        seen = [one for one in await self._store.versions.published(snapshot, [row.id]) if one.locale == locale]
        version = await self._store.versions.snapshot(snapshot, row.id, locale) if seen else None
        if version is None:
            raise NotFound(f"'{row.id}' is not published in '{locale}'")
        return self._shower.published(catalogue, model, row, seen[0], version)

    @operation(
        "content.update",
        needs=CONTENT_UPDATE,
        http="PATCH /content/{type}/{id}",
        effect="write",
        revision="revision",
        undo=values_back,
    )
    @telling
    async def update(self, call: Call, order: ChangeEntry) -> Entry:
        """Changes the fields that are named, and keeps the others (JSON Merge Patch by field).

        With a base revision, what others changed meanwhile in other fields stays; where both changed the same field,
        ``precondition_failed`` carries both versions. Without one the newest revision is changed.
        """
        return await self._change(call, order, replace=False)

    @operation(
        "content.replace",
        needs=CONTENT_UPDATE,
        http="PUT /content/{type}/{id}",
        effect="write",
        revision="revision",
        undo=values_back,
    )
    @telling
    async def replace(self, call: Call, order: ChangeEntry) -> Entry:
        """Replaces all fields of the locale, shared ones too; fields that are not named become empty."""
        return await self._change(call, order, replace=True)

    async def _change(self, call: Call, order: ChangeEntry, *, replace: bool) -> Entry:
        catalogue, model, row = await self._saver.opened(call, order.type, order.id)
        locale = catalogue.locale(order.locale, every=True)
        draft = self._saver.draft(catalogue, model, row, Document.read(row.document), locale)
        self._saver.apply(draft, order.data, replace=replace)
        await self._saver.verify(call.tx, draft)
        await self._based(call, draft, order.revision, draft.named(order.data, replace=replace))
        await self._saver.ask(call, draft)
        row = await self._saver.save(call, draft)
        return await self._shower.draft(call.tx, catalogue, model, row, draft.document, locale)

    async def _based(self, call: Call, draft: Draft, base: int | None, named: set[str]) -> None:
        """Raises ``PreconditionFailed`` where others wrote too: the same value as well, for both may have counted."""
        others = await self._merging.since(call.tx, draft.row, base)
        before = draft.before or Document()
        mine = draft.document.changes(before) | named
        met = mine if others is None else mine & others
        if met:
            raise refuse(draft.catalogue, draft.model, draft.row, before, draft.document, met)
