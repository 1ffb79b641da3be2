"""Cells with frames, joined to lines of the whole screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from newel_tui.boxes.drawing import Spans, cut, fitted, wide
from newel_tui.boxes.layout.places import Placed

Inside = Callable[[Placed, int, int], list[Spans]]
"""What stands in a cell: for its width and height without the frame."""


def framed(placed: Placed, inside: Inside, *, focus: bool) -> list[Spans]:
    """A cell as lines, exactly as wide and as high as it is placed. The frame of what has the focus is double."""
    across, down, corners = ("═", "║", "╔╗╚╝") if focus else ("─", "│", "┌┐└┘")
    look = "border.focus" if focus else "border"
    width, height = max(0, placed.width - 2), max(0, placed.height - 2)
    title = cut(f" {placed.cell.title} ", width - 1) if placed.cell.title and width > 3 else ""
    lines: list[Spans] = [
        [(look, corners[0] + across * min(1, width)), ("title", title),
         (look, across * (width - min(1, width) - wide(title)) + corners[1])]
    ]  # fmt: skip
    content: list[Spans] = inside(placed, width, height)[:height]
    content += [[] for _ in range(height - len(content))]
    lines += [[(look, down), *fitted(line, width), (look, down)] for line in content]
    lines.append([(look, corners[2] + across * width + corners[3])])
    return lines[: placed.height]


def together(parts: Sequence[tuple[Placed, list[Spans]]], width: int, height: int) -> list[Spans]:
    """All cells in one picture."""
    rows: list[list[tuple[int, int, Spans]]] = [[] for _ in range(height)]
    for placed, lines in parts:
        for number, line in enumerate(lines):
            if placed.top + number < height:
                rows[placed.top + number].append((placed.left, placed.width, line))
    made: list[Spans] = []
    for row in rows:
        joined: Spans = []
        at = 0
        for left, wide_, spans in sorted(row, key=lambda one: one[0]):
            joined += [(None, " " * (left - at)), *fitted(spans, wide_)]
            at = left + wide_
        made.append(joined)
    return made
