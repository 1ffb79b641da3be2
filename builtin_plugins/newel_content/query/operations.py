"""The operation ``content.list``: drafts, what is published, or the trash of a type, for those who edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from attrs import evolve, fields, frozen

from newel import Call, MaxLength, Reject, operation
from newel.contracts.content import Entry, ListQuery
from newel.contracts.database import Queries
from newel_content.documents.document import Document
from newel_content.model import EVERY, Catalogue
from newel_content.permissions import CONTENT_READ, CONTENT_READ_DRAFT
from newel_content.query.asking import listable, locales_of
from newel_content.query.composing import Composer, Found
from newel_content.query.reading import Reader, everything
from newel_content.query.sides import DRAFT, TRASH, Side
from newel_content.query.wanted import WantedReader
from newel_content.service.showing import Shower
from newel_content.store import Store
from newel_content.store.entries import EntryRow
from newel_content.store.versions import PublishedRow


@frozen(kw_only=True)
class ListEntries(ListQuery):
    """What to list, and whether drafts or what readers see."""

    status: Annotated[Literal["draft", "published"], "Drafts, or what readers see."] = "draft"
    trash: Annotated[bool, "What is in the trash instead."] = False
    parent: Annotated[str | None, "Only what stands directly below this entry.", MaxLength(26)] = None


@frozen
class Total:
    """How many entries there are in all, where it was asked for."""

    total: int | None


@frozen
class Following:
    """The cursor of the next page, where there is one."""

    next: str | None


@frozen
class Listed:
    """A page of entries."""

    data: tuple[Entry, ...]
    meta: Total
    links: Following


class Listing:
    """Lists for the management API."""

    def __init__(self, store: Store, reader: Reader) -> None:
        self._store = store
        self._reader = reader

    @operation("content.list", needs=CONTENT_READ, http="GET /content/{type}")
    async def list(self, call: Call, order: ListEntries) -> Listed:
        """Lists the entries of a type: drafts, with ``status=published`` what readers see, with ``trash`` what was
        thrown away.

        Filters, sorts, cursors and expansion are those of delivery. All but what readers see needs the permission
        ``content.read_draft``. The trash has no index of fields: it is found by what every entry has.
        """
        query = _query(order)
        if order.status == "published":
            if order.trash:
                raise Reject.field("/trash", "published", "what is in the trash is not published")
            page = await self._reader.list_published(query, private=True)
            return Listed(page.data, Total(page.total), Following(page.next))
        call.actor.require(CONTENT_READ_DRAFT)
        async with self._store.db.transaction(read_only=True) as snapshot:
            return await self._drafts(snapshot, query, TRASH if order.trash else DRAFT)

    async def _drafts(self, queries: Queries, query: ListQuery, side: Side) -> Listed:
        catalogue = await self._store.catalogue.load(queries)
        model = listable(catalogue, query.type, everything)
        every = query.locale == EVERY
        if every and (query.expand or query.fields):
            raise Reject.field("/locale", "locale", "name one locale: fields and expand go with a single one")
        chain = locales_of(catalogue, evolve(query, locale=None) if every else query, side)
        wanted = WantedReader(catalogue, everything).read((model,), query.expand, query.fields)
        asked = self._reader.asker.read(catalogue, side, model, query, chain, everything)
        page = await self._reader.lister.page(queries, asked)
        drafts = Drafts(self._store, queries, catalogue, EVERY if every else chain[0])
        rows = [EntryRow.of(row) for row in page.rows]
        shown = await drafts.shown(rows)
        if not every:
            found = [drafts.found(row, entry) for row, entry in zip(rows, shown, strict=True)]
            shown = await Composer(catalogue, drafts.fetch).all(found, wanted)
        return Listed(tuple(shown), Total(page.total), Following(page.next))


@frozen
class Drafts:
    """Drafts of one locale, in one snapshot of the database."""

    store: Store
    queries: Queries
    catalogue: Catalogue
    locale: str

    async def shown(self, rows: Sequence[EntryRow]) -> list[Entry]:
        """The entries with their states: one statement, for what is published of them."""
        published = await self.store.versions.published(self.queries, [row.id for row in rows]) if rows else []
        seen: dict[str, list[PublishedRow]] = {}
        for one in published:
            seen.setdefault(one.entry, []).append(one)
        return [self._entry(row, seen.get(row.id, ())) for row in rows]

    def _entry(self, row: EntryRow, seen: Sequence[PublishedRow] = ()) -> Entry:
        model, document = self.catalogue.by_id[row.type], Document.read(row.document)
        return Shower(self.store).shown(self.catalogue, model, row, document, self.locale, seen)

    def found(self, row: EntryRow, entry: Entry) -> Found:
        model = self.catalogue.by_id[row.type]
        return Found(entry, model, Document.read(row.document).flat(model, self.locale))

    async def fetch(self, ids: Sequence[str]) -> Mapping[str, Found]:
        """Targets of references: their drafts, without their states."""
        rows = await self.store.entries.many(self.queries, ids)
        there = [row for row in rows if row.deleted_at is None and row.type in self.catalogue.by_id]
        return {row.id: self.found(row, evolve(self._entry(row), state={})) for row in there}


def _query(order: ListEntries) -> ListQuery:
    """The list that is meant. Below a parent the order is that of the tree, where none is asked for."""
    given = {one.name: getattr(order, one.name) for one in fields(ListQuery)}
    if order.parent is not None:
        if "parent" in order.filter:
            raise Reject.field("/parent", "duplicate", "stands in the filter as well")
        given["filter"] = {**order.filter, "parent": {"_eq": order.parent}}
        given["sort"] = order.sort or ("position",)
    return ListQuery(**given)
