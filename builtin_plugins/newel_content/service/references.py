"""Who points at an entry."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import Call, Malformed, Max, MaxLength, Min, NotFound, operation
from newel.ids import is_id
from newel_content.permissions import CONTENT_READ_DRAFT
from newel_content.service.entries import Id, TypeName
from newel_content.service.users import User, Users
from newel_content.store import Store


@frozen(kw_only=True)
class ListReferences:
    type: TypeName
    id: Id
    limit: Annotated[int, "Pointing entries a page.", Min(1), Max(100)] = 25
    cursor: Annotated[str | None, "Where the previous page ended.", MaxLength(26)] = None


@frozen(kw_only=True)
class UserPage:
    data: tuple[User, ...]
    next: str | None = None


class References:
    """The operation that answers "used by"."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._users = Users(store)

    @operation("content.references", needs=CONTENT_READ_DRAFT, http="GET /content/{type}/{id}/references")
    async def used_by(self, call: Call, order: ListReferences) -> UserPage:
        """The entries whose drafts or published locales point at this one."""
        if order.cursor is not None and not is_id(order.cursor):
            raise Malformed("that is no cursor of this list")
        catalogue = await self._store.catalogue.load(self._store.db)
        model = catalogue.model(order.type)
        row = await self._store.entries.get(self._store.db, order.id)
        if row is None or row.type != model.id:
            raise NotFound(f"there is no '{order.type}' with the id '{order.id}'")
        sources = await self._store.rows.sources(self._store.db, order.id, order.cursor or "", order.limit + 1)
        shown = sources[: order.limit]
        uses = await self._store.rows.uses_from(self._store.db, order.id, shown)
        more = len(sources) > order.limit
        return UserPage(data=tuple(self._users.told(catalogue, uses)), next=shown[-1] if more else None)
