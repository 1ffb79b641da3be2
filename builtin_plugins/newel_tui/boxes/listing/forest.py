"""Rows with rows below them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import define, evolve

from newel.contracts.views import MISSING, Ask, at
from newel_tui.boxes.listing.source import Asking, Row, Shown


@define
class _Level:
    """The rows below a row, as far as they were read."""

    ask: Ask
    row: Row
    depth: int
    rows: list[Shown]
    cursor: str | None = None
    ended: bool = False


class Forest:
    """Keeps ``Source``. What was opened and read is kept; levels are read page by page while their end is seen."""

    def __init__(self, asking: Asking, ask: Ask | None, rows: Sequence[Row] = (), opened: Sequence[str] = ()) -> None:
        self._asking = asking
        self._ask = ask
        self.opened = set(opened)
        self._root = _Level(ask or Ask(operation=""), {}, 0, [])
        self._below: dict[str, _Level] = {}
        if ask is None:
            self._root.rows, self._root.ended = self._made(map(asking.mapping, rows), 0), True
        self._flat: list[Shown | _Level] = []
        self._flatten()

    @property
    def known(self) -> int:
        return len(self._flat)

    @property
    def ended(self) -> bool:
        return self._root.ended

    def row(self, place: int) -> Shown | None:
        found = self._flat[place] if 0 <= place < len(self._flat) else None
        return found if isinstance(found, Shown) else None

    def find(self, key: str) -> int | None:
        return next(
            (number for number, one in enumerate(self._flat) if isinstance(one, Shown) and one.key == key), None
        )

    def held(self) -> list[Shown]:
        return [one for one in self._flat if isinstance(one, Shown)]

    async def step(self, first: int, last: int, forward: bool) -> bool:
        reach = last + 1 + (last - first + 1)
        for one in self._flat[max(0, first) : reach]:
            if isinstance(one, _Level):
                await self._read(one)
                self._flatten()
                return True
        return False

    async def reload(self, first: int, last: int) -> None:
        again = Forest(self._asking, self._ask, [one.row for one in self._root.rows], tuple(self.opened))
        while await again.step(0, last, True):
            pass
        self._root, self._below, self._flat = again._root, again._below, again._flat

    def toggle(self, place: int, wanted: bool) -> bool:
        """Shows what is below a row, or no longer; whether that changed anything."""
        shown = self.row(place)
        if shown is None or shown.open is not (not wanted):
            return False
        (self.opened.add if wanted else self.opened.discard)(shown.key)
        self._flatten()
        return True

    def above(self, place: int) -> int | None:
        """The place of the row that a row stands below."""
        shown = self.row(place)
        for number in range(place - 1, -1, -1):
            one = self.row(number)
            if shown is not None and one is not None and one.depth < shown.depth:
                return number
        return None

    async def _read(self, level: _Level) -> None:
        rows, level.cursor = await self._asking.page(level.ask, level.row, level.cursor, narrowed=level is self._root)
        level.rows += self._made(rows, level.depth)
        level.ended = level.cursor is None

    def _made(self, rows: Iterator[Row] | Sequence[Row], depth: int) -> list[Shown]:
        return [Shown(self._asking.key(row), row, depth, None if self._leaf(row) else False) for row in rows]

    def _leaf(self, row: Row) -> bool:
        path = self._asking.view.leaf
        if not path:
            return False
        found = at(row, path.removeprefix("!"))
        if path.startswith("!"):
            return not found
        return found is True or (found is not MISSING and found is not False and found == 0)

    def _flatten(self) -> None:
        self._flat = list(self._walk(self._root, frozenset()))

    def _walk(self, level: _Level, above: frozenset[str]) -> Iterator[Shown | _Level]:
        for one in level.rows:
            # A row that stands below itself is shown, but not opened again.
            if one.open is None or one.key not in self.opened or one.key in above:
                yield one
                continue
            yield evolve(one, open=True)
            if one.key not in self._below:
                self._below[one.key] = _Level(self._asking.view.below or self._root.ask, one.row, one.depth + 1, [])
            yield from self._walk(self._below[one.key], above | {one.key})
        if not level.ended:
            yield level
