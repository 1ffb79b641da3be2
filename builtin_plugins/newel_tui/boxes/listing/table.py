"""Rows of a listing as lines of a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from newel.contracts.views import Col, at
from newel_tui.boxes.cells import RIGHT, written
from newel_tui.boxes.drawing import Attr, Spans, fit, wide
from newel_tui.boxes.listing.source import Shown

LEAST = 6
"""Columns of the terminal below which a column of the table is left out rather than cut."""
GAP = 2
_LOOKS: dict[tuple[bool, bool], Attr] = {
    (False, False): None, (False, True): "mark", (True, False): "cursor", (True, True): "cursor.mark"
}  # fmt: skip
_SIGNS = {None: " ", True: "▾", False: "▸"}
SIGNS = 2
"""Columns for what is under the cursor and what is marked: colour is not the only sign."""


class Table:
    """Knows how wide its columns are; what ``weight=0`` needs grows while rows are seen and never shrinks, so that
    nothing jumps while somebody scrolls."""

    def __init__(self, columns: Sequence[Col], *, tree: bool) -> None:
        self.columns = columns
        self._tree = tree
        self._needed = [wide(one.label) for one in columns]

    def learn(self, rows: Iterable[Shown], now: datetime) -> None:
        for shown in rows:
            for number, column in enumerate(self.columns):
                if not column.weight:
                    text = written(at(shown.row, column.value), column.cell, now)[1]
                    self._needed[number] = max(self._needed[number], wide(text) + wide(self._branch(shown, number)))

    def widths(self, width: int) -> list[int]:
        """A width for each column; those to the right for which there is no room have none."""
        for count in range(len(self.columns), 0, -1):
            made = self._shared(width - SIGNS, self.columns[:count])
            if count == 1 or all(one >= min(LEAST, need) for one, need in zip(made, self._needed, strict=False)):
                return made
        return []

    def _shared(self, width: int, columns: Sequence[Col]) -> list[int]:
        room = width - GAP * (len(columns) - 1)
        most = max(LEAST, room * 2 // 5) if len(columns) > 1 else room
        made = [
            0 if one.weight else min(need, most, max(0, room)) for one, need in zip(columns, self._needed, strict=False)
        ]
        rest, weights = max(0, room - sum(made)), sum(one.weight for one in columns)
        for number, one in enumerate(columns):
            if one.weight:
                made[number] = rest * one.weight // weights
                rest, weights = rest - made[number], weights - one.weight
        return made

    def header(self, widths: Sequence[int]) -> Spans:
        line: Spans = [(None, " " * SIGNS)]
        for column, width in zip(self.columns, widths, strict=False):
            line += [("header", fit(column.label, width, right=column.cell in RIGHT)), (None, " " * GAP)]
        return line

    def line(self, shown: Shown, widths: Sequence[int], now: datetime, *, cursor: bool, marked: bool) -> Spans:
        """A row. Under the cursor it is one colour from end to end."""
        line: Spans = [(None, (">" if cursor else " ") + ("*" if marked else " "))]
        for number, (column, width) in enumerate(zip(self.columns, widths, strict=False)):
            attr, text = written(at(shown.row, column.value), column.cell, now)
            text = self._branch(shown, number) + text
            line += [(attr, fit(text, width, right=column.cell in RIGHT)), (None, " " * GAP)]
        whole: Attr = _LOOKS[cursor, marked]
        return [(whole, text) for _, text in line] if whole else line

    def _branch(self, shown: Shown, number: int) -> str:
        return f"{'  ' * shown.depth}{_SIGNS[shown.open]} " if self._tree and number == 0 else ""
