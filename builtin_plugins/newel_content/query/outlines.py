"""Entries in short, the same for every type: for lists, trees and whoever picks one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from attrs import Factory, field, frozen

from newel import Call, Malformed, Max, MaxLength, Min, NotFound, Pattern, Reject, operation
from newel.contracts.content import MAIN, NAME_PATTERN, Entry
from newel.contracts.database import Queries
from newel.ids import is_id
from newel_content.documents.titles import searched, title_of
from newel_content.model import EVERY, Catalogue, Model
from newel_content.permissions import CONTENT_READ, CONTENT_READ_DRAFT
from newel_content.query.operations import Drafts, Following, ListEntries, Listing, Total
from newel_content.store import Store
from newel_content.store.entries import EntryRow

Locale = Annotated[str | None, "The locale of titles; empty: the default one, and where it has none any other."]


@frozen(kw_only=True)
class ListOutlines:
    type: Annotated[str, "The content type.", Pattern(NAME_PATTERN)]
    q: Annotated[
        str, "Only entries with this in an indexed field of text, upper and lower case alike; or with this id.",
        MaxLength(200),
    ] = ""  # fmt: skip
    filter: Annotated[Mapping[str, Any], "Conditions, as in lists of entries."] = field(factory=dict)
    sort: Annotated[tuple[str, ...], "Field names, `-` for descending.", MaxLength(4)] = ()
    locale: Locale = None
    status: Annotated[Literal["draft", "published"], "Drafts, or what readers see."] = "draft"
    limit: Annotated[int, "Entries a page.", Min(1), Max(100)] = 25
    cursor: Annotated[str | None, "Where the previous page ended.", MaxLength(5000)] = None
    count: Annotated[Literal["none", "exact"], "Whether `meta.total` is counted."] = "none"


@frozen(kw_only=True)
class ListTree:
    parent: Annotated[str | None, "The page whose children are listed; empty: the top.", MaxLength(26)] = None
    locale: Locale = None
    limit: Annotated[int, "Pages a page.", Min(1), Max(100)] = 25
    cursor: Annotated[str | None, "Where the previous page ended.", Pattern(r"[0-9a-z]{1,191}")] = None


@frozen(kw_only=True)
class GetOutline:
    id: Annotated[str, "The entry, of whatever type."]
    locale: Locale = None


@frozen(kw_only=True)
class Outline:
    """An entry in short."""

    id: str
    type: str
    title: str
    """Empty where no field names it."""
    revision: int
    state: Mapping[str, str] = Factory(dict)
    """By locale: ``draft``, ``published`` or ``changed``. Empty in lists of what is published."""
    parent: str | None = None
    children: bool = False
    """Whether pages stand below it."""
    path: str | None = None
    updated_at: str = ""
    author: str | None = None


@frozen
class Outlined:
    """A page of outlines."""

    data: tuple[Outline, ...]
    meta: Total
    links: Following


class Outlines:
    """The reads of outlines."""

    def __init__(self, store: Store, listing: Listing) -> None:
        self._store = store
        self._listing = listing

    @operation("content.outlines", needs=CONTENT_READ, http="GET /outlines/{type}")
    async def list(self, call: Call, order: ListOutlines) -> Outlined:
        """Lists the entries of a type in short, each with a title, and finds them by words.

        As ``content.list`` otherwise: all but what readers see needs the permission ``content.read_draft``.
        """
        drafts = order.status == "draft"
        if drafts:
            call.actor.require(CONTENT_READ_DRAFT)
        catalogue = await self._store.catalogue.load(self._store.db)
        model = catalogue.model(order.type)
        every = EVERY if drafts and order.locale is None else order.locale
        page = await self._listing.list(
            call,
            ListEntries(
                type=order.type, filter=_narrowed(model, order), sort=order.sort, locale=every, status=order.status,
                limit=order.limit, cursor=order.cursor, count=order.count,
            ),
        )  # fmt: skip
        async with self._store.db.transaction(read_only=True) as snapshot:
            told = await self._outlined(snapshot, catalogue, page.data, catalogue.locale(order.locale))
        return Outlined(told, page.meta, page.links)

    @operation("content.tree", needs=CONTENT_READ_DRAFT, http="GET /tree")
    async def tree(self, call: Call, order: ListTree) -> Outlined:
        """Lists the pages, of all types, that stand at the top or below another one, in their order."""
        if order.parent is not None and not is_id(order.parent):
            raise Reject.field("/parent", "not_found", "there is no such entry")
        async with self._store.db.transaction(read_only=True) as snapshot:
            catalogue = await self._store.catalogue.load(snapshot)
            locale = catalogue.locale(order.locale)
            key = order.parent or f"root:{MAIN}"
            rows = await self._store.tree.level(snapshot, key, order.cursor or "", order.limit + 1)
            shown = [EntryRow.of(row) for row in rows[: order.limit]]
            entries = await Drafts(self._store, snapshot, catalogue, EVERY).shown(shown)
            told = await self._outlined(snapshot, catalogue, entries, locale)
        more = shown[-1].position if len(rows) > order.limit else None
        return Outlined(told, Total(None), Following(more))

    @operation("content.outline", needs=CONTENT_READ_DRAFT, http="GET /outline/{id}")
    async def outline(self, call: Call, order: GetOutline) -> Outline:
        """One entry in short, of whatever type it is."""
        async with self._store.db.transaction(read_only=True) as snapshot:
            catalogue = await self._store.catalogue.load(snapshot)
            locale = catalogue.locale(order.locale)
            row = await self._store.entries.get(snapshot, order.id)
            if row is None or row.deleted_at is not None:
                raise NotFound(f"there is no entry with the id '{order.id}'")
            entries = await Drafts(self._store, snapshot, catalogue, EVERY).shown([row])
            return (await self._outlined(snapshot, catalogue, entries, locale))[0]

    async def _outlined(
        self, queries: Queries, catalogue: Catalogue, entries: Sequence[Entry], locale: str
    ) -> tuple[Outline, ...]:
        """One statement more where there are pages among them."""
        pages = [one.id for one in entries if one.type in catalogue.models and catalogue.models[one.type].routable]
        above = await self._store.tree.with_children(queries, pages) if pages else set()
        return tuple(
            Outline(
                id=one.id,
                type=one.type,
                title=title_of(catalogue, catalogue.model(one.type), one.data, locale),
                revision=one.revision,
                state=one.state,
                parent=one.parent,
                children=one.id in above,
                path=one.path,
                updated_at=one.updated_at,
                author=one.author,
            )
            for one in entries
        )


def _narrowed(model: Model, order: ListOutlines) -> Mapping[str, Any]:
    words = order.q.strip()
    if not words:
        return order.filter
    if is_id(words.upper()):
        wanted: Mapping[str, Any] = {"id": {"_eq": words.upper()}}
    else:
        names = searched(model)
        if not names:
            raise Malformed(f"no field of text of '{model.name}' is indexed, so none can be searched")
        wanted = {"_or": [{name: {"_icontains": words}} for name in names]}
    return {"_and": [order.filter, wanted]} if order.filter else wanted
