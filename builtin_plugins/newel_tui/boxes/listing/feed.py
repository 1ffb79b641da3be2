"""Rows of an operation that answers pages, of which only those near to what is seen are kept."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from newel.contracts.views import Ask
from newel_tui.boxes.listing.source import Asking, Row, Shown

HELD = 40
"""Pages that are kept; of the others it is remembered where they begin."""
AHEAD = 3
"""Pages that are read before they are seen, in the direction of travel."""


class Feed:
    """Keeps ``Source``. A page that was dropped is read again from its own cursor, so going back is as quick as going
    on, and a million rows take the memory of their cursors."""

    def __init__(self, asking: Asking, ask: Ask | None, rows: Sequence[Row] = ()) -> None:
        self._asking = asking
        self._ask = ask
        self._cursors: list[str | None] = [None]
        self._starts = [0]
        self._length: int | None = None if ask is not None else len(rows)
        self._held: dict[int, list[Shown]] = {}
        self.pages_read = 0
        if ask is None:
            self._held[0] = [Shown(asking.key(row), row) for row in map(asking.mapping, rows)]

    @property
    def known(self) -> int:
        return self._starts[-1] if self._length is None else self._length

    @property
    def ended(self) -> bool:
        return self._length is not None

    def row(self, place: int) -> Shown | None:
        page = self._page(place)
        rows, inside = self._held.get(page, ()), place - self._starts[page]
        return rows[inside] if 0 <= inside < len(rows) else None

    def find(self, key: str) -> int | None:
        for page, rows in self._held.items():
            for inside, one in enumerate(rows):
                if one.key == key:
                    return self._starts[page] + inside
        return None

    def held(self) -> list[Shown]:
        return [one for page in sorted(self._held) for one in self._held[page]]

    async def step(self, first: int, last: int, forward: bool) -> bool:
        for page in self._near(first, last, forward):
            if page not in self._held:
                await self._read(page)
                self._drop(page)
                return True
        return False

    async def reload(self, first: int, last: int) -> None:
        seen = range(self._page(first), self._page(min(last, max(0, self.known - 1))) + 1)
        self._held = {page: rows for page, rows in self._held.items() if page in seen}
        for page in seen:
            if page < len(self._cursors):
                await self._read(page)

    async def on(self) -> None:
        """Reads one page more at the end."""
        if not self.ended:
            page = len(self._cursors) - 1
            await self._read(page)
            self._drop(page)

    def _near(self, first: int, last: int, forward: bool) -> list[int]:
        begin, end = self._page(first), self._page(last)
        ahead = range(end + 1, end + 1 + AHEAD) if forward else range(begin - 1, begin - 1 - AHEAD, -1)
        behind = begin - 1 if forward else end + 1
        return [page for page in (*range(begin, end + 1), *ahead, behind) if 0 <= page < self._pages]

    @property
    def _pages(self) -> int:
        """Pages that can be asked for."""
        return len(self._cursors)

    def _page(self, place: int) -> int:
        return max(0, bisect_right(self._starts, place) - 1)

    async def _read(self, page: int) -> None:
        if self._ask is None:  # rows that are there already
            return
        rows, following = await self._asking.page(self._ask, {}, self._cursors[page], narrowed=True)
        self.pages_read += 1
        self._held[page] = [Shown(self._asking.key(row), row) for row in rows]
        end = self._starts[page] + len(rows)
        if following is not None and page + 1 < self._pages and self._cursors[page + 1] == following:
            if moved := end - self._starts[page + 1]:
                self._starts[page + 1 :] = [start + moved for start in self._starts[page + 1 :]]
                self._length = None if self._length is None else self._length + moved
            return
        # What came after is not what it was, or was not known: it is found anew from here.
        del self._cursors[page + 1 :], self._starts[page + 1 :]
        self._held = {one: kept for one, kept in self._held.items() if one <= page}
        self._length = end if following is None else None
        if following is not None:
            self._cursors.append(following)
            self._starts.append(end)

    def _drop(self, page: int) -> None:
        while len(self._held) > HELD:
            del self._held[max(self._held, key=lambda one: abs(one - page))]
