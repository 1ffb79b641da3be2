"""The operation ``content.list``: drafts (or what is published) of a type, for those who edit."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from attrs import evolve, frozen

from newel import Call, operation
from newel.contracts.content import Entry, ListQuery
from newel_content.documents.document import Document
from newel_content.permissions import CONTENT_READ, CONTENT_READ_DRAFT
from newel_content.query.reading import Reader
from newel_content.service.showing import Shower
from newel_content.store import Store


@frozen(kw_only=True)
class ListEntries(ListQuery):
    """What to list, and whether drafts or what readers see."""

    status: Annotated[Literal["draft", "published"], "Drafts, or what readers see."] = "draft"


@frozen
class Listed:
    """A page of entries: ``meta.total`` where it was asked for, ``links.next`` where there is more."""

    data: tuple[Entry, ...]
    meta: dict[str, int | None]
    links: dict[str, str | None]


class Listing:
    """Lists for the management API."""

    def __init__(self, store: Store, reader: Reader) -> None:
        self._store = store
        self._reader = reader
        self._shower = Shower(store)

    @operation("content.list", needs=CONTENT_READ, http="GET /content/{type}")
    async def list(self, call: Call, order: ListEntries) -> Listed:
        """Lists entries of a type.

        Filters, sorts and cursors are those of delivery. Drafts need the permission ``content.read_draft``.
        """
        if order.status == "published":
            page = await self._reader.list_published(_query(order))
            return Listed(page.data, {"total": page.total}, {"next": page.next})
        call.actor.require(CONTENT_READ_DRAFT)
        async with self._store.db.transaction(read_only=True) as snapshot:
            catalogue = await self._store.catalogue.load(snapshot)
            model = catalogue.model(order.type)
            locale = catalogue.locale(order.locale)
            found = await self._reader.lister.page(snapshot, model, "draft", locale, order)
            rows = {row.id: row for row in await self._store.entries.many(snapshot, found.ids)}
            seen = await self._store.versions.published(snapshot, found.ids) if found.ids else []
            entries = [
                self._shower.shown(
                    catalogue, model, rows[id], Document.read(rows[id].document), locale,
                    [one for one in seen if one.entry == id],
                )
                for id in found.ids
                if id in rows
            ]  # fmt: skip
        if order.fields:
            entries = [
                evolve(one, data={key: one.data[key] for key in order.fields if key in one.data}) for one in entries
            ]
        return Listed(tuple(entries), {"total": found.total}, {"next": found.next})


def _query(order: ListEntries) -> ListQuery:
    from attrs import fields

    given: dict[str, Any] = {one.name: getattr(order, one.name) for one in fields(ListQuery)}
    return ListQuery(**given)
