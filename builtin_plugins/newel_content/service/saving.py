"""The one way a draft is written: values checked, plugins asked, uniqueness settled, rows and history kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import Factory, define, evolve

from newel import Call, NotFound, Reject, TooLarge
from newel.app import App
from newel.contracts.audit import Change
from newel.contracts.content import EntryDraft, EntryEvent
from newel.contracts.database import Transaction
from newel.hooks.content import content_after_save, content_before_save
from newel.structure import rfc3339
from newel_content.config import ContentConfig
from newel_content.documents.checking import Checker, pointer
from newel_content.documents.document import Document, address, same
from newel_content.documents.rows import IndexRow, Links, draft_index
from newel_content.documents.showing import by_name
from newel_content.model import EVERY, SHARED, BoundField, Catalogue, Model
from newel_content.service.merging import KEPT_EDITS, valued
from newel_content.service.outside import absent
from newel_content.service.routing import Routing
from newel_content.service.uniqueness import Claim, Uniqueness, generate
from newel_content.store import Store
from newel_content.store.entries import EntryRow


@define
class Draft:
    """A write in progress. ``before`` is ``None`` for a new entry; ``row`` is as it stood (or will stand, when new)."""

    catalogue: Catalogue
    model: Model
    row: EntryRow
    before: Document | None
    document: Document
    locale: str
    checker: Checker
    touched: list[str] = Factory(list)
    """The locales that this write is about."""

    @property
    def created(self) -> bool:
        return self.before is None

    def named(self, data: Mapping[str, Any], *, replace: bool = False) -> set[str]:
        """The addresses that wire values are for, whether or not they differ from what stands there."""
        found = set()
        for bound in self.model:
            if bound.name not in data and not replace:
                continue
            given = data.get(bound.name)
            if not bound.localized:
                codes: Iterable[str] = (SHARED,)
            elif self.locale != EVERY:
                codes = (self.locale,)
            else:
                codes = self.catalogue.locales if replace or given is None else given
            found |= {address(code, bound.key) for code in codes}
        return found


class Saver:
    """Writes drafts, inside the operation's transaction."""

    def __init__(self, app: App, config: ContentConfig, store: Store) -> None:
        self._app = app
        self._config = config
        self._store = store
        self._uniqueness = Uniqueness(store, app.ids)
        self.routing = Routing(store)

    async def opened(
        self, call: Call, type: str, id: str, *, trash: bool = False, alone: bool = False
    ) -> tuple[Catalogue, Model, EntryRow]:
        """The catalogue and the entry, which nobody else changes until the end. Raises ``NotFound``.

        Two statements. ``trash`` looks for the entry in the trash, and there only; with ``alone`` nobody else writes
        content meanwhile, where the entry is a page: that keeps a tree a tree.
        """
        known = self._store.catalogue.peek(type)  # a kind never changes; asking without a lock first avoids an upgrade
        whole = alone and (known is None or known.routable)
        catalogue = await self._store.catalogue.load(call.tx, lock="alone" if whole else "shared")
        model = catalogue.model(type)
        if alone and model.routable and not whole:
            catalogue = await self._store.catalogue.load(call.tx, lock="alone")
        row = await self._store.entries.lock(call.tx, id)
        if row is None or row.type != model.id or (row.deleted_at is not None) is not trash:
            where = " in the trash" if trash else ""
            raise NotFound(f"there is no '{type}' with the id '{id}'{where}")
        return catalogue, model, row

    def draft(self, catalogue: Catalogue, model: Model, row: EntryRow, before: Document | None, locale: str) -> Draft:
        checker = Checker(catalogue, self._config.max_block_depth, self._app.ids.new)
        document = Document() if before is None else before.copy()
        return Draft(catalogue, model, row, before, document, locale, checker)

    # -- values in --------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft, data: Mapping[str, Any], *, replace: bool = False) -> None:
        """Puts wire values into the draft. ``replace`` empties what is not named."""
        draft.checker.unknown(draft.model, data, "/data")
        touched = {} if draft.locale == EVERY else {draft.locale: None}
        for bound in draft.model:
            if bound.name not in data and not replace:
                continue
            given = data.get(bound.name)
            where = pointer("data", bound.name)
            if bound.localized and draft.locale == EVERY:
                touched |= self._apply_every(draft, bound, given, where, replace)
            else:
                stored = draft.checker.value(bound, given, where)
                draft.document.put(bound, draft.locale, stored)
        draft.touched = list(touched or {draft.catalogue.default: None})

    def _apply_every(self, draft: Draft, bound: BoundField, given: Any, where: str, replace: bool) -> dict[str, None]:
        """``{code: value}`` of a localised field; a code that is not named keeps its value, unless all is replaced."""
        if given is not None and not isinstance(given, Mapping):
            draft.checker.fault(where, "type", 'expected {"<locale>": value, ...}')
            return {}
        if given is None or replace:
            for values in draft.document.locales.values():
                values.pop(bound.key, None)
        for code, value in (given or {}).items():
            if code not in draft.catalogue.locales:
                draft.checker.fault(where + pointer(code), "unknown", f"there is no locale '{code}'")
                continue
            stored = draft.checker.value(bound, value, where + pointer(code))
            draft.document.put(bound, code, stored)
        return dict.fromkeys(code for code in given or {} if code in draft.catalogue.locales)

    def defaults(self, draft: Draft, data: Mapping[str, Any]) -> None:
        """The defaults of a new entry's fields that were not given."""
        for bound in draft.model:
            if bound.name not in data and bound.field.default is not None:
                stored = draft.checker.value(bound, bound.field.default, pointer("data", bound.name))
                for locale in draft.touched if bound.localized else draft.touched[:1]:
                    draft.document.put(bound, locale, stored)

    async def verify(self, tx: Transaction, draft: Draft) -> None:
        """Raises ``Reject`` with all that is wrong, missing targets of references included."""
        known: set[str] = set()
        if draft.before is not None:
            links = Links(draft.catalogue)
            links.document(draft.model, draft.before)
            known = {row.outside or row.target for row in links.rows}
        targets, draft.checker.targets = draft.checker.targets, []
        asked = [one for one in targets if one.outside is None and one.id not in known]
        found = await self._store.entries.targets(tx, sorted({one.id for one in asked})) if asked else {}
        for one in asked:
            type = draft.catalogue.by_id.get(found.get(one.id, ""))
            if type is None:
                draft.checker.fault(one.where, "not_found", "there is no such entry")
            elif one.types and type.name not in one.types:
                draft.checker.fault(one.where, "target_type", f"points at entries of: {', '.join(one.types)}")
        if not draft.checker.problems:
            draft.checker.problems += await absent(tx, targets, known)
        if draft.checker.problems:
            raise Reject("the data is not valid", problems=draft.checker.problems)

    # -- plugins ----------------------------------------------------------------------------------------------------

    async def ask(self, call: Call, draft: Draft) -> None:
        """``content_before_save``, once for each locale that is written. Raises ``Reject``, ``PluginError``."""
        if not self._app.hooks.used(content_before_save):
            return
        for locale in draft.touched:
            data = by_name(draft.catalogue, draft.model, draft.document.flat(draft.model, locale))
            before = None if draft.before is None else draft.before.flat(draft.model, locale)
            subject = EntryDraft(
                type=draft.model.name,
                id=draft.row.id,
                created=draft.created,
                locale=locale,
                data=data,
                before=None if before is None else by_name(draft.catalogue, draft.model, before),
                parent=draft.row.parent,
            )
            answer = await self._app.hooks.fold(content_before_save, subject, call)
            if answer is not subject:
                self._take(draft, locale, data, answer.data)
        await self.verify(call.tx, draft)

    def _take(self, draft: Draft, locale: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """What plugins changed, checked like what the caller sent."""
        draft.checker.unknown(draft.model, after, "/data")
        for bound in draft.model:
            wire = after.get(bound.name)
            if not same(wire, before[bound.name]):
                stored = draft.checker.value(bound, wire, pointer("data", bound.name))
                draft.document.put(bound, locale, stored)

    # -- writing ----------------------------------------------------------------------------------------------------

    async def save(self, call: Call, draft: Draft) -> EntryRow:
        """Writes what changed; nothing when nothing did. Raises ``Conflict``, ``TooLarge``."""
        links = Links(draft.catalogue)
        links.document(draft.model, draft.document)
        if links.twice:
            raise Reject.field("/data", "duplicate", f"several blocks have the id '{links.twice[0]}'")
        top = draft.model.routable and draft.row.parent is None
        made = generate(draft.model, draft.document, draft.row.id, draft.touched, draft.catalogue.default, top=top)
        if draft.before is not None and not draft.document.changes(draft.before):
            return draft.row
        claim = Claim(
            draft.catalogue, draft.model, draft.row.id, draft.row.parent_key, draft.document, draft.locale, made
        )
        row = await (self._insert(call, draft, claim) if draft.created else self._update(call, draft, claim))
        old = Links(draft.catalogue)
        if draft.before is not None:
            old.document(draft.model, draft.before)
        await self._store.rows.replace_references(call.tx, row.id, "draft", old.rows, links.rows)
        await self._noted(call, draft, row)
        return row

    async def _insert(self, call: Call, draft: Draft, claim: Claim) -> EntryRow:
        async def write(rows: list[IndexRow]) -> None:
            row = evolve(draft.row, document=self._text(draft.document))
            await self._store.entries.insert(call.tx, row)
            await self._store.rows.add_index(call.tx, row.type, "draft", [(row.id, one) for one in rows])

        await self._uniqueness.settle(call.tx, claim, write, guard=bool(claim.unique()))
        return evolve(draft.row, document=self._text(draft.document))

    async def _update(self, call: Call, draft: Draft, claim: Claim) -> EntryRow:
        assert draft.before is not None  # noqa: S101 - for the type checker; save() asked
        old = draft_index(draft.catalogue, draft.model, draft.before, draft.row.parent_key)
        before = {one.unique_key for one in old}

        async def write(rows: list[IndexRow]) -> None:
            await self._store.rows.replace_index(call.tx, draft.row.id, draft.row.type, "draft", old, rows)

        guard = any(key not in before for key in claim.unique())
        await self._uniqueness.settle(call.tx, claim, write, guard=guard)
        now = rfc3339(call.now)
        row = evolve(draft.row, document=self._text(draft.document), revision=draft.row.revision + 1, updated_at=now)
        await self._store.entries.save(call.tx, row.id, row.document, row.revision, now)
        return row

    def _text(self, document: Document) -> str:
        text = document.text()
        if len(text.encode()) > self._config.max_document_bytes:
            raise TooLarge(f"an entry takes at most {self._config.max_document_bytes} bytes of stored JSON")
        return text

    async def _noted(self, call: Call, draft: Draft, row: EntryRow) -> None:
        """History, audit and event of what was written; routes, when a page's part of the path changed."""
        before = draft.before or Document()
        places = draft.document.changes(before)
        await self._store.entries.edit(call.tx, [(row.id, row.revision, sorted(places))])
        if row.revision % KEPT_EDITS == 0:
            await self._store.entries.forget_edits(call.tx, row.id, row.revision - KEPT_EDITS)
        if not draft.created and draft.model.routable and self._slug_changed(draft, places):
            await self.routing.refresh(call.tx, draft.catalogue, row.id, rfc3339(call.now))
        was = None
        if draft.before is not None:
            data = valued(draft.catalogue, draft.model, before, places)
            was = {"type": draft.model.name, "revision": draft.row.revision, "data": data}
        data = valued(draft.catalogue, draft.model, draft.document, places)
        now = {"type": draft.model.name, "revision": row.revision, "data": data}
        call.changed(Change(entity="entry", id=row.id, before=was, after=now))
        locale = None if draft.locale == EVERY else draft.locale
        event = EntryEvent(type=draft.model.name, id=row.id, space=row.space, revision=row.revision, locale=locale)
        call.emit(content_after_save, event)

    def _slug_changed(self, draft: Draft, places: set[str]) -> bool:
        slug = draft.model.slug
        return slug is not None and any(place.endswith(f"/{slug.key}") for place in places)
