"""The operation ``content.routes``: which address leads where."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import Call, Max, MaxLength, Min, operation
from newel.contracts.content import RouteRow
from newel_content.permissions import CONTENT_READ
from newel_content.query.reading import Reader


@frozen(kw_only=True)
class ListRoutes:
    locale: Annotated[str | None, "The locale; empty: the default one."] = None
    cursor: Annotated[str | None, "Where the previous page ended: a path.", MaxLength(700)] = None
    limit: Annotated[int, "Routes a page.", Min(1), Max(1000)] = 100


@frozen(kw_only=True)
class RoutePage:
    data: tuple[RouteRow, ...]
    next: str | None = None


class RouteTable:
    """The table for those who edit: types that are not public are in it."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    @operation("content.routes", needs=CONTENT_READ, http="GET /routes")
    async def routes(self, call: Call, order: ListRoutes) -> RoutePage:
        """The addresses of published pages in a locale, and where old ones lead, in order of path."""
        rows = await self._reader.routes(order.locale, after=order.cursor, limit=order.limit, private=True)
        more = len(rows) == order.limit
        return RoutePage(data=tuple(rows), next=rows[-1].path if more else None)
