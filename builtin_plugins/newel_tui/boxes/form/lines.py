"""Lines of styled text, as controls draw themselves, and the canvas that is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import urwid
from attrs import frozen

from newel.contracts.layout import harmless

Line: TypeAlias = list[tuple[Any, str]]
"""Pieces of a line: the name of a look (empty: plain), or what else a canvas takes for one, and text."""


@frozen
class Drawn:
    """Lines of a control, none wider than it was given, and where the cursor stands in them (column, row)."""

    lines: Sequence[Line]
    cursor: tuple[int, int] | None = None


def width_of(text: str) -> int:
    """How many columns a text takes."""
    return len(text) if text.isascii() else urwid.calc_width(text, 0, len(text))


def cut(text: str, width: int) -> str:
    """As much of a text as fits, made harmless; what is cut off is told by a dot."""
    text = harmless(text[: 4 * max(width, 1) + 1])
    if width_of(text) <= width:
        return text
    position, _ = urwid.calc_text_pos(text, 0, len(text), max(0, width - 1))
    return text[:position] + "…" if width > 0 else ""


def filled(text: str, width: int) -> str:
    """The text in exactly so many columns."""
    shown = cut(text, width)
    return shown + " " * (width - width_of(shown))


def length_of(line: Line) -> int:
    return sum(width_of(text) for _, text in line)


def beside(left: Line, right: Line, width: int) -> Line:
    """Two lines in one: the first takes ``width`` columns, and is not longer."""
    return [*left, ("", " " * (width - length_of(left))), *right]


def canvas_of(lines: Sequence[Line], size: tuple[int, int], cursor: tuple[int, int] | None) -> urwid.Canvas:
    """Exactly ``size``; lines that are too long are cut, what is missing is blank."""
    columns, rows = size
    made: list[tuple[urwid.Canvas, int | None, bool]] = []
    for line in list(lines[:rows]) + [[]] * max(0, rows - len(lines)):
        text = urwid.Text([*line] or "", wrap="clip")
        made.append((text.render((columns,)), None, False))
    canvas = urwid.CompositeCanvas(urwid.CanvasCombine(made))
    if cursor is not None and cursor[0] < columns and cursor[1] < rows:
        canvas.cursor = cursor
    return canvas


def wrapped(text: str, width: int) -> list[tuple[int, int]]:
    """Where the rows of a line begin and end: broken at spaces where there are any. At least one row."""
    width = max(width, 2)
    rows, start, plain = [], 0, text.isascii()
    while len(text) - start > (width if plain else width // 2):
        end = min(start + width, len(text)) if plain else urwid.calc_text_pos(text, start, len(text), width)[0]
        if end >= len(text):
            break
        space = text.rfind(" ", start + 1, end + 1)
        end = space + 1 if space > start else max(end, start + 1)
        rows.append((start, end))
        start = end
    return [*rows, (start, len(text))]
