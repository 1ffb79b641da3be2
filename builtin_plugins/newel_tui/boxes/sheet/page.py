"""The cells of a sheet as one long page of lines, however high the terminal is."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from attrs import evolve

from newel.contracts.layout import MOST, Grid, List, Picture, Table, Text, Tree
from newel_tui.boxes.drawing import Spans, cut, wide
from newel_tui.boxes.layout.pictures import Style
from newel_tui.boxes.layout.places import NARROW
from newel_tui.boxes.layout.primitives import lines_of

PICTURE = 20
"""Lines of a picture at most."""


class Pane:
    """The cells of one column, one below the other, each under a line with its title."""

    def __init__(self, grid: Grid, columns: range, width: int, *, pictures: Style, shift: int) -> None:
        self.width = width
        self._parts: list[tuple[int, Callable[[int], Spans]]] = []
        self.starts: list[int] = []
        """The first line of each cell."""
        self._begins: list[int] = []
        self.count = 0
        for cell in (one for number in columns for one in grid.columns[number].cells):
            self.starts.append(self.count)
            if cell.title:
                self._add(1, self._title(cell.title))
            content = cell.content
            if isinstance(content, List | Table | Tree):  # nothing is under a cursor here
                content = evolve(content, cursor=MOST)
            height = PICTURE if isinstance(content, Picture) else 1
            lines = lines_of(content, width, height, pictures=pictures, shift=shift if _shifts(content) else -1)
            if lines.head:
                self._add(len(lines.head), lines.head.__getitem__)
            self._add(lines.count, lines.line)
            self._add(1, lambda _: [])

    def _title(self, title: str) -> Callable[[int], Spans]:
        title = cut(f"── {title} ", self.width)
        line: Spans = [("title", title), ("border", "─" * (self.width - wide(title)))]
        return lambda _: line

    def _add(self, count: int, line: Callable[[int], Spans]) -> None:
        self._begins.append(self.count)
        self._parts.append((self.count, line))
        self.count += count

    def line(self, number: int) -> Spans:
        if not 0 <= number < self.count:
            return []
        begin, line = self._parts[bisect_right(self._begins, number) - 1]
        return line(number - begin)

    def text(self, number: int) -> str:
        return "".join(text for _, text in self.line(number))


def _shifts(content: object) -> bool:
    return isinstance(content, Text)


def panes_of(grid: Grid, width: int, *, pictures: Style, shift: int) -> list[Pane]:
    """Columns side by side, or one pane with all of them where they would be too narrow. ``shift``: -1 wraps lines."""
    spans = [one.span for one in grid.columns]
    if not spans:
        return []
    room = width - 3 * (len(spans) - 1)
    if len(spans) > 1 and any(room * one // sum(spans) < NARROW for one in spans):
        return [Pane(grid, range(len(spans)), width, pictures=pictures, shift=shift)]
    made, units = [], sum(spans)
    for number, span in enumerate(spans):
        share = room * span // units
        made.append(Pane(grid, range(number, number + 1), share, pictures=pictures, shift=shift))
        room, units = room - share, units - span
    return made
