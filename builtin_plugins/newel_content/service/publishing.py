"""Publishing: one locale of an entry, made an immutable version that readers see, or taken from them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Annotated

from attrs import evolve, frozen

from newel import Call, Conflict, Problem, Reject, operation
from newel.app import App
from newel.contracts.audit import Change, Reverse
from newel.contracts.content import Entry, EntryEvent
from newel.contracts.database import UniqueViolation
from newel.hooks.content import content_after_publish, content_after_unpublish, content_before_publish
from newel.structure import rfc3339
from newel_content.config import ContentConfig
from newel_content.documents.checking import all_outside, missing
from newel_content.documents.document import Document, digest, packed
from newel_content.documents.rows import Links, published_index
from newel_content.documents.showing import by_name
from newel_content.model import EVERY, Catalogue, Model
from newel_content.permissions import CONTENT_PUBLISH
from newel_content.service.entries import Base, Id, TypeName
from newel_content.service.merging import Merging
from newel_content.service.outside import absent
from newel_content.service.saving import Saver
from newel_content.service.showing import Shower, address_of
from newel_content.service.undoing import published, unpublished
from newel_content.service.uniqueness import not_unique
from newel_content.service.users import Users
from newel_content.store import Store
from newel_content.store.entries import STATE, EntryRow
from newel_content.store.feed import telling
from newel_content.store.versions import PublishedRow, VersionRow

MAX_DESCENDANTS = 1000

LocaleCode = Annotated[str | None, "The locale; empty: the default one. `*`: every locale with content."]
Descendants = Annotated[bool, "The same for all pages below it, at most 1,000."]


@frozen(kw_only=True)
class PublishEntry:
    type: TypeName
    id: Id
    locale: LocaleCode = None
    descendants: Descendants = False
    revision: Base = None


@frozen(kw_only=True)
class UnpublishEntry:
    type: TypeName
    id: Id
    locale: LocaleCode = None
    descendants: Descendants = False
    force: Annotated[bool, "Even when other published entries need it."] = False
    revision: Base = None


class Publishing:
    """The operations between drafts and readers."""

    def __init__(self, app: App, config: ContentConfig, store: Store) -> None:
        self._app = app
        self._config = config
        self._store = store
        self._saver = Saver(app, config, store)
        self._merging = Merging(store, config)
        self._shower = Shower(store)
        self._users = Users(store)

    @operation(
        "content.publish",
        needs=CONTENT_PUBLISH,
        http="POST /content/{type}/{id}/publish",
        effect="write",
        revision="revision",
        undo=unpublished,
    )
    @telling
    async def publish(self, call: Call, order: PublishEntry) -> Entry:
        """Makes the present draft what readers see, in one locale.

        Other locales keep every byte. Raises ``invalid`` (``required``) with the pointers of required fields without a
        value. A draft that is published as it is already stays untouched.
        """
        catalogue, model, row = await self._saver.opened(call, order.type, order.id)
        await self._merging.unchanged(call.tx, row, order.revision)
        rows = await self._with_descendants(call, row, order.descendants)
        published = await self._store.versions.published(call.tx, [one.id for one in rows])
        problems: list[Problem] = []
        for one in rows:
            there = {seen.locale: seen for seen in published if seen.entry == one.id}
            here, known = catalogue.by_id[one.type], one
            document = Document.read(one.document)
            for locale in self._locales(catalogue, here, document, order.locale, below=one.id != row.id):
                known, faults = await self._publish(call, catalogue, known, locale, there.get(locale))
                problems += faults
            row = known if one.id == row.id else row
        if problems:
            raise Reject(f"it cannot be published yet: {_summed(problems)}", problems=problems)
        return await self._answer(call, catalogue, model, row, order.locale)

    def _locales(
        self, catalogue: Catalogue, model: Model, document: Document, asked: str | None, *, below: bool
    ) -> list[str]:
        """The locales to publish. With ``*``, and of descendants, only those with content of their own."""
        locale = catalogue.locale(asked, every=True)
        filled = [code for code, values in document.locales.items() if values and code in catalogue.locales]
        if locale == EVERY:
            enabled = [code for code in filled if catalogue.locales[code].enabled]
            return enabled or [catalogue.default]
        if below and any(bound.localized for bound in model) and locale not in filled:
            return []
        return [locale]

    async def _with_descendants(self, call: Call, row: EntryRow, wanted: bool) -> list[EntryRow]:
        """The entry, and where asked all below it outside the trash, parents first; nobody else changes them."""
        if not wanted:
            return [row]
        nodes = [node for node in await self._store.tree.descendants(call.tx, row.id) if node.deleted_at is None]
        if len(nodes) > MAX_DESCENDANTS:
            raise Conflict(f"{len(nodes)} pages at once; at most {MAX_DESCENDANTS}", code="too_many_entries")
        ids = [node.id for node in nodes]
        found = {one.id: one for one in await self._store.entries.lock_many(call.tx, ids)}
        return [found[id] for id in ids if id in found]

    async def _publish(
        self, call: Call, catalogue: Catalogue, row: EntryRow, locale: str, seen: PublishedRow | None
    ) -> tuple[EntryRow, list[Problem]]:
        """The entry as it stands afterwards, and what is missing."""
        model = catalogue.by_id[row.type]
        document = Document.read(row.document)
        flat = document.flat(model, locale)
        problems = missing(catalogue, model, flat, "/data")
        if problems or (seen is not None and seen.digest == digest(flat)):
            return row, problems
        problems = await absent(call.tx, all_outside(catalogue, model, flat, "/data"))
        if problems:
            return row, problems
        now = rfc3339(call.now)
        number, first = await self._store.versions.last(call.tx, row.id, locale)
        event = EntryEvent(
            type=model.name, id=row.id, space=row.space, revision=row.revision, locale=locale, version=number + 1
        )
        if self._app.hooks.used(content_before_publish):
            data = by_name(catalogue, model, flat)
            await self._app.hooks.fold(content_before_publish, evolve(event, data=data), call)
        version = VersionRow(
            self._app.ids.new(), row.id, locale, number + 1, "publish", None, call.actor.id, now, packed(flat)
        )
        await self._store.versions.insert(call.tx, version)
        pointed = PublishedRow(
            row.id, locale, row.type, version.id, version.number, digest(flat), row.position, now,
            first or now if seen is None else seen.first_published_at,
        )  # fmt: skip
        await self._store.versions.publish(call.tx, pointed, again=seen is not None)
        self._store.feed.touch(call.tx, catalogue, [(row.id, locale)])
        await self._rows(call, catalogue, model, row, locale, seen is not None)
        row = await self._step(call, row, now)
        path = await self._route(call, catalogue, model, row, locale, flat.get(_slug_key(model)), seen, now)
        if version.number > self._config.keep_versions:
            await self._store.versions.prune(call.tx, row.id, locale, self._config.keep_versions)
        was = None if seen is None else {"type": model.name, "locale": locale, "version": seen.number}
        now_seen = {"type": model.name, "locale": locale, "version": version.number}
        call.changed(Change(entity="publication", id=row.id, before=was, after=now_seen))
        call.emit(content_after_publish, evolve(event, revision=row.revision, path=path))
        return row, []

    async def _rows(
        self, call: Call, catalogue: Catalogue, model: Model, row: EntryRow, locale: str, again: bool
    ) -> None:
        """Index and reference rows of the snapshot, in place of the old one's."""
        flat = Document.read(row.document).flat(model, locale)
        index = published_index(model, flat, row.parent_key, locale)
        links = Links(catalogue)
        links.flat(model, flat, locale)
        if again:
            await self._store.rows.clear_references(call.tx, row.id, "published", locale)
        await self._store.rows.add_references(call.tx, "published", [(row.id, one) for one in links.rows])
        keys = {one.unique_key: one.field for one in index if one.unique_key}
        try:
            async with AsyncExitStack() as stack:
                if keys:
                    await stack.enter_async_context(call.tx.savepoint())
                if again:
                    await self._store.rows.clear_index(call.tx, row.id, "published", locale)
                await self._store.rows.add_index(call.tx, model.id, "published", [(row.id, one) for one in index])
        except UniqueViolation as violation:
            taken = await self._store.rows.taken(call.tx, list(keys), row.id)
            problems = [not_unique(model.by_key[str(keys[key])], locale, locale) for key in taken]
            raise Conflict("a published entry has a value", code="not_unique", problems=problems) from violation

    async def _step(self, call: Call, row: EntryRow, now: str) -> EntryRow:
        """A new revision, since what callers see of the entry has changed."""
        fresh = evolve(row, revision=row.revision + 1, updated_at=now)
        await self._store.entries.touch(call.tx, fresh)
        await self._store.entries.edit(call.tx, [(row.id, fresh.revision, [STATE])])
        return fresh

    async def _route(
        self,
        call: Call,
        catalogue: Catalogue,
        model: Model,
        row: EntryRow,
        locale: str,
        slug: str | None,
        seen: PublishedRow | None,
        now: str,
    ) -> str | None:
        """The page's address after this; routes are touched only where its part of the path is another one."""
        if not model.routable:
            return None
        if seen is not None and seen.path is not None and seen.path.rpartition("/")[2] == slug:
            return address_of(seen.path)
        paths = await self._saver.routing.refresh(call.tx, catalogue, row.id, now)
        return address_of(paths.get(locale))

    async def _republished(self, call: Call, changes: Sequence[Change]) -> Sequence[Reverse]:
        """Only what readers saw: a draft that has gone on is not shown to them by undoing."""
        for one in changes:
            was = one.before or {}
            _, model, row = await self._saver.opened(call, was["type"], one.id)
            flat = Document.read(row.document).flat(model, was["locale"])
            seen = await self._store.versions.get(call.tx, one.id, was["locale"], was["version"])
            if seen is None or digest(Document.read_flat(seen.document)) != digest(flat):
                raise Conflict("the draft is another one than readers saw: publish it if that is meant", code="no_undo")
        return published(changes)

    @operation(
        "content.unpublish",
        needs=CONTENT_PUBLISH,
        http="POST /content/{type}/{id}/unpublish",
        effect="write",
        revision="revision",
        undo=_republished,
    )
    @telling
    async def unpublish(self, call: Call, order: UnpublishEntry) -> Entry:
        """Takes one locale from readers; drafts, versions and other locales keep every byte.

        Raises ``conflict`` (``in_use``) with who uses it when published entries need it, unless ``force``.
        """
        catalogue, model, row = await self._saver.opened(call, order.type, order.id)
        await self._merging.unchanged(call.tx, row, order.revision)
        locale = catalogue.locale(order.locale, every=True)
        rows = await self._with_descendants(call, row, order.descendants)
        ids = [one.id for one in rows]
        seen = [one for one in await self._store.versions.published(call.tx, ids) if locale in (EVERY, one.locale)]
        if not order.force:
            await self._users.refuse_unpublish(call.tx, catalogue, ids, {one.locale for one in seen})
        row = await self._withdraw(call, catalogue, rows, seen)
        return await self._answer(call, catalogue, model, row, order.locale)

    async def _withdraw(
        self, call: Call, catalogue: Catalogue, rows: Sequence[EntryRow], seen: Sequence[PublishedRow]
    ) -> EntryRow:
        """Removes what readers see of these (entry, locale) pairs; answers the first entry as it is then."""
        now = rfc3339(call.now)
        known = {row.id: row for row in rows}
        self._store.feed.touch(call.tx, catalogue, [(one.entry, one.locale) for one in seen])
        for one in seen:
            await self._store.rows.clear_index(call.tx, one.entry, "published", one.locale)
            await self._store.rows.clear_references(call.tx, one.entry, "published", one.locale)
            await self._store.versions.withdraw(call.tx, one.entry, one.locale)
            row = known[one.entry] = await self._step(call, known[one.entry], now)
            before = {"type": catalogue.by_id[one.type].name, "locale": one.locale, "version": one.number}
            call.changed(Change(entity="publication", id=one.entry, before=before, after=None))
            event = EntryEvent(
                type=catalogue.by_id[one.type].name,
                id=one.entry,
                space=row.space,
                revision=row.revision,
                locale=one.locale,
                version=one.number,
                path=address_of(one.path),
            )
            call.emit(content_after_unpublish, event)
        if seen and catalogue.by_id[rows[0].type].routable:
            await self._saver.routing.refresh(call.tx, catalogue, rows[0].id, now)
        return known[rows[0].id]

    async def _answer(self, call: Call, catalogue: Catalogue, model: Model, row: EntryRow, locale: str | None) -> Entry:
        asked = catalogue.locale(locale, every=True)
        return await self._shower.draft(call.tx, catalogue, model, row, Document.read(row.document), asked)


def _summed(problems: Sequence[Problem]) -> str:
    """The first three in a sentence, for who sees nothing but that."""
    told = [f"{one.pointer.removeprefix('/data/')} {one.detail}" for one in problems[:3]]
    more = f"; and {len(problems) - 3} more" if len(problems) > 3 else ""
    return "; ".join(told) + more


def _slug_key(model: Model) -> str:
    return "" if model.slug is None else model.slug.key
