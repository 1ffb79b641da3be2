"""The trash: entries go there, come back, or are deleted for good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from attrs import evolve, frozen

from newel import Call, Conflict, Malformed, Max, MaxLength, Min, Reject, operation
from newel.app import App
from newel.contracts.audit import Change
from newel.contracts.content import Entry, EntryEvent
from newel.contracts.database import UniqueViolation
from newel.hooks.content import (
    content_after_delete,
    content_after_save,
    content_after_unpublish,
    content_before_delete,
)
from newel.ids import is_id
from newel.structure import rfc3339
from newel_content.config import ContentConfig
from newel_content.documents.document import Document
from newel_content.documents.positions import at_end
from newel_content.documents.rows import IndexRow, Links, ReferenceRow, draft_index
from newel_content.documents.showing import by_name, data_of
from newel_content.documents.titles import title_of
from newel_content.model import EVERY, Catalogue, Model
from newel_content.permissions import CONTENT_DELETE, CONTENT_PURGE, CONTENT_READ_DRAFT
from newel_content.service.doom import Doom
from newel_content.service.entries import Base, Id, TypeName
from newel_content.service.merging import Merging
from newel_content.service.saving import Saver
from newel_content.service.showing import Shower, address_of
from newel_content.service.telling import forget
from newel_content.service.undoing import into_the_trash, out_of_the_trash
from newel_content.service.uniqueness import about_values, not_unique
from newel_content.store import Store
from newel_content.store.entries import STATE, EntryRow, parent_key, trash_key
from newel_content.store.feed import telling
from newel_content.store.versions import PublishedRow


@frozen(kw_only=True)
class DeleteEntry:
    type: TypeName
    id: Id
    descendants: Annotated[bool, "All pages below it as well."] = False
    force: Annotated[bool, "Even when others need it; their references then point at nothing."] = False
    revision: Base = None


@frozen(kw_only=True)
class Deleted:
    """What a deletion did."""

    deleted: Annotated[tuple[str, ...], "The entries that went to the trash, those of cascading references too."]
    cleared: Annotated[tuple[str, ...], "The entries whose references were emptied."]


@frozen(kw_only=True)
class TrashedEntry:
    type: TypeName
    id: Id


@frozen(kw_only=True)
class PurgeEntry:
    type: TypeName
    id: Id
    confirm: Annotated[bool, "Must be true: nothing brings it back."] = False


@frozen(kw_only=True)
class Purged:
    purged: Annotated[tuple[str, ...], "The entries that are gone for good."]


@frozen(kw_only=True)
class ListTrash:
    limit: Annotated[int, "Entries a page.", Min(1), Max(100)] = 25
    cursor: Annotated[str | None, "Where the previous page ended.", MaxLength(100)] = None


@frozen(kw_only=True)
class InTrash:
    id: str
    type: str
    title: str
    parent: str | None
    author: str
    deleted_at: str


@frozen(kw_only=True)
class TrashPage:
    data: tuple[InTrash, ...]
    next: str | None = None


class Trash:
    """The operations on what is thrown away."""

    def __init__(self, app: App, config: ContentConfig, store: Store) -> None:
        self._app = app
        self._config = config
        self._store = store
        self._saver = Saver(app, config, store)
        self._merging = Merging(store, config)
        self._shower = Shower(store)
        self._doom = Doom(self._saver, store)

    @operation(
        "content.delete",
        needs=CONTENT_DELETE,
        http="DELETE /content/{type}/{id}",
        effect="write",
        revision="revision",
        undo=out_of_the_trash,
    )
    @telling
    async def delete(self, call: Call, order: DeleteEntry) -> Deleted:
        """Puts an entry into the trash; readers lose it at once, drafts and versions are kept.

        What points at it is emptied or deleted too, as the reference field says (``on_delete``). Raises ``conflict``:
        ``has_children``, and ``in_use`` with who uses it where a reference forbids it, unless ``force``.
        """
        catalogue, _, row = await self._saver.opened(call, order.type, order.id, alone=True)
        await self._merging.unchanged(call.tx, row, order.revision)
        doomed = await self._doom.of(call, catalogue, row, descendants=order.descendants, force=order.force)
        rows = await self._store.entries.lock_many(call.tx, doomed.ids)
        if self._app.hooks.used(content_before_delete):
            for one in rows:
                model = catalogue.by_id[one.type]
                data = by_name(catalogue, model, Document.read(one.document).flat(model, catalogue.default))
                await self._app.hooks.fold(content_before_delete, evolve(_event(catalogue, one), data=data), call)
        await self._doom.clear(call, catalogue, doomed)
        seen = await self._store.versions.published(call.tx, doomed.ids)
        self._store.feed.touch(call.tx, catalogue, [(one.entry, one.locale) for one in seen])
        await self._store.wipe(call.tx, doomed.ids)
        await self._bin(call, catalogue, rows, seen)
        return Deleted(deleted=tuple(doomed.ids), cleared=tuple(doomed.cleared))

    async def _bin(
        self, call: Call, catalogue: Catalogue, rows: Sequence[EntryRow], seen: Sequence[PublishedRow]
    ) -> None:
        now = rfc3339(call.now)
        binned = [
            evolve(row, parent_key=trash_key(row.id), revision=row.revision + 1, updated_at=now, deleted_at=now)
            for row in rows
        ]
        await self._store.entries.bin(call.tx, binned)
        await self._store.entries.edit(call.tx, [(row.id, row.revision, [STATE]) for row in binned])
        for one in seen:
            row = next(row for row in binned if row.id == one.entry)
            path = address_of(one.path)
            gone = evolve(_event(catalogue, row), locale=one.locale, version=one.number, path=path)
            call.emit(content_after_unpublish, gone)
        for row in binned:
            was = {"type": catalogue.by_id[row.type].name, "parent": row.parent, "deleted_at": None}
            call.changed(Change(entity="entry", id=row.id, before=was, after={**was, "deleted_at": now}))
            call.emit(content_after_delete, _event(catalogue, row))

    @operation(
        "content.restore_trashed", needs=CONTENT_DELETE, http="POST /content/{type}/{id}/restore", effect="write",
        undo=into_the_trash,
    )  # fmt: skip
    async def restore(self, call: Call, order: TrashedEntry) -> Entry:
        """Takes an entry out of the trash, with the pages below it that went there with it; as drafts.

        Raises ``conflict``: ``parent_in_trash``, ``not_unique`` where its slug is taken meanwhile, ``single_exists``.
        """
        catalogue, model, root = await self._saver.opened(call, order.type, order.id, trash=True, alone=True)
        if root.parent and root.parent not in await self._store.entries.targets(call.tx, [root.parent]):
            raise Conflict("its parent is in the trash: restore that first", code="parent_in_trash")
        together = [
            node.id
            for node in await self._store.tree.descendants(call.tx, root.id)
            if node.deleted_at == root.deleted_at
        ]
        rows = await self._store.entries.lock_many(call.tx, together)
        back = [self._back(call, catalogue, row) for row in rows]
        back = await self._return(call, catalogue.by_id[root.type], root.id, back)
        await self._store.entries.edit(call.tx, [(row.id, row.revision, [STATE]) for row in back])
        await self._rows(call, catalogue, back)
        for was, row in zip(rows, back, strict=True):
            plain = {"type": catalogue.by_id[row.type].name, "parent": row.parent, "deleted_at": was.deleted_at}
            call.changed(Change(entity="entry", id=row.id, before=plain, after={**plain, "deleted_at": None}))
            call.emit(content_after_save, _event(catalogue, row))
        row = next(row for row in back if row.id == root.id)
        return self._shower.shown(catalogue, model, row, Document.read(row.document), catalogue.default)

    def _back(self, call: Call, catalogue: Catalogue, row: EntryRow) -> EntryRow:
        key = parent_key(catalogue.by_id[row.type], row.parent)
        now = rfc3339(call.now)
        return evolve(row, parent_key=key, deleted_at=None, revision=row.revision + 1, updated_at=now)

    async def _return(self, call: Call, model: Model, root: str, rows: list[EntryRow]) -> list[EntryRow]:
        """Each goes where it stood; where another one stands there now, the first of them goes to the end."""
        try:
            async with call.tx.savepoint():
                await self._store.entries.bin(call.tx, rows)
        except UniqueViolation as violation:
            if model.kind == "single":
                raise Conflict(f"'{model.name}' has its one entry already", code="single_exists") from violation
            end = at_end(self._app.ids.new())
            rows = [evolve(row, position=end) if row.id == root else row for row in rows]
            await self._store.entries.bin(call.tx, rows)
        return rows

    async def _rows(self, call: Call, catalogue: Catalogue, rows: Sequence[EntryRow]) -> None:
        """Makes the index and reference rows that the trash does not keep, and the others as they are now."""
        references: list[tuple[str, ReferenceRow]] = []
        for row in rows:
            model = catalogue.by_id[row.type]
            document = Document.read(row.document)
            links = Links(catalogue)
            links.document(model, document)
            references += [(row.id, one) for one in links.rows]
            await self._index(call, model, row, draft_index(catalogue, model, document, row.parent_key))
        if any(model.outside for model in catalogue.models.values()):
            await self._store.rows.drop_draft_references(call.tx, [row.id for row in rows])
        await self._store.rows.add_references(call.tx, "draft", references)

    async def _index(self, call: Call, model: Model, row: EntryRow, index: Sequence[IndexRow]) -> None:
        try:
            async with call.tx.savepoint():
                await self._store.rows.add_index(call.tx, model.id, "draft", [(row.id, one) for one in index])
        except UniqueViolation as violation:
            if not about_values(violation):
                raise
            keys = {one.unique_key: one for one in index if one.unique_key}
            taken = await self._store.rows.taken(call.tx, list(keys), row.id)
            problems = [
                not_unique(model.by_key[str(keys[key].field)], keys[key].locale, keys[key].locale) for key in taken
            ]
            detail = f"another entry has a value of '{row.id}' by now: change that one first"
            raise Conflict(detail, code="not_unique", problems=problems) from violation

    @operation("content.purge", needs=CONTENT_PURGE, http="POST /content/{type}/{id}/purge", effect="write")
    async def purge(self, call: Call, order: PurgeEntry) -> Purged:
        """Deletes an entry in the trash for good, with its versions and with what is below it. Needs ``confirm``."""
        catalogue, _, root = await self._saver.opened(call, order.type, order.id, trash=True, alone=True)
        if not order.confirm:
            raise Reject.field("/confirm", "confirm", "nothing brings it back: say `confirm: true`")
        nodes = await self._store.tree.descendants(call.tx, root.id)
        ids = [node.id for node in reversed(nodes)]
        await self._store.entries.purge(call.tx, ids)
        await forget(self._store, self._config, call)
        for node in nodes:
            was = {"type": catalogue.by_id[node.type].name, "deleted_at": node.deleted_at}
            call.changed(Change(entity="entry", id=node.id, before=was, after=None))
        return Purged(purged=tuple(ids))

    @operation("content.trash", needs=CONTENT_READ_DRAFT, http="GET /trash")
    async def trash(self, call: Call, order: ListTrash) -> TrashPage:
        """What is in the trash, the last thrown away first."""
        catalogue = await self._store.catalogue.load(self._store.db)
        when, _, id = (order.cursor or "9_").partition("_")
        if not when.isascii() or not when.isprintable() or (id and not is_id(id)):
            raise Malformed("that is no cursor of this list")
        rows = await self._store.entries.trash(self._store.db, when, id, order.limit + 1)
        shown = [
            InTrash(
                id=row.id,
                type=catalogue.by_id[row.type].name,
                title=_title(catalogue, row),
                parent=row.parent,
                author=row.author,
                deleted_at=row.deleted_at or "",
            )
            for row in rows[: order.limit]
        ]
        more = len(rows) > order.limit
        return TrashPage(data=tuple(shown), next=f"{shown[-1].deleted_at}_{shown[-1].id}" if more else None)


def _title(catalogue: Catalogue, row: EntryRow) -> str:
    model = catalogue.by_id[row.type]
    return title_of(catalogue, model, data_of(catalogue, model, Document.read(row.document), EVERY), catalogue.default)


def _event(catalogue: Catalogue, row: EntryRow) -> EntryEvent:
    return EntryEvent(
        type=catalogue.by_id[row.type].name, id=row.id, space=row.space, revision=row.revision, locale=None
    )
