"""A form in lines: labels, controls, what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import define, field

from newel.contracts.layout import harmless
from newel_tui.boxes.form.field import Placed, Stop
from newel_tui.boxes.form.lines import Drawn, Line, cut, filled, length_of, width_of, wrapped

WIDEST = 26
"""Columns of the labels, where they stand left of their controls."""


@define
class Painted:
    """All lines of a form. ``spans`` are the lines of each stop: from, and up to but not with."""

    lines: list[Line] = field(factory=list)
    cursor: tuple[int, int] | None = None
    spans: dict[int, tuple[int, int]] = field(factory=dict)


def painted(
    placed: Sequence[Placed], focus: Stop | None, told: Mapping[int, Sequence[str]], width: int, editing: bool
) -> Painted:
    """``told`` are the faults of stops, by ``id``."""
    page = Painted()
    labels = [width_of(harmless(one.stop.label)) + 2 * one.indent for one in placed if one.stop and not one.stop.tall]
    column = min(WIDEST, width // 3, max(labels, default=0) + 2)
    for one in placed:
        if one.stop is None:
            page.lines.append([("", "  " * (one.indent + 1)), *(one.line or [])])
            continue
        start = len(page.lines)
        _paint(page, one, one.stop is focus, told.get(id(one.stop), ()), width, column, editing)
        page.spans[id(one.stop)] = (start, len(page.lines))
    return page


def _paint(
    page: Painted, one: Placed, focused: bool, told: Iterable[str], width: int, column: int, editing: bool
) -> None:
    stop = one.stop
    if stop is None:
        return
    left = "  " * one.indent
    head: Line = [("label.focus" if focused else "", "▸ " if focused else "  "), ("", left)]
    if stop.label:
        name = stop.label + ("*" if stop.required else "")
        head.append(("label.focus" if focused else "label", harmless(name)))
    note = stop.note
    if stop.tall:
        _tall(page, stop, head, note, len(left) + 4, width, focused, editing)
    else:
        taken = length_of(head) if not stop.label else 2 + column
        room = width - taken - (width_of(note) + 1 if note else 0) - 1
        drawn = stop.drawn(max(4, room), focused)
        name = "".join(text for _, text in head[1:])
        head = [head[0], (head[-1][0] if stop.label else "", filled(name, column))] if stop.label else head
        for index, line in enumerate(drawn.lines or [[]]):
            before: Line = head if index == 0 else [("", " " * taken)]
            after: Line = []
            if note and index == 0:
                after = [("", " " * (max(0, room - length_of(line)) + 1)), ("dim", note)]
            page.lines.append([*before, *line, *after])
        if focused and editing:
            _cursor(page, drawn, taken, len(page.lines) - max(1, len(drawn.lines)))
    for text in told:
        page.lines += _rows("! " + text, "bad", width, len(left) + 4)
    if focused and stop.help:
        page.lines += _rows(stop.help, "dim", width, len(left) + 4)


def _tall(
    page: Painted, stop: Stop, head: Line, note: str, indent: int, width: int, focused: bool, editing: bool
) -> None:
    if note:
        head = [*head, ("dim", "  " + note)]
    if stop.label:
        page.lines.append(head)
    drawn = stop.drawn(max(8, width - indent - 1), focused)
    start = len(page.lines)
    page.lines += [[("", " " * indent), *line] for line in drawn.lines]
    if focused and editing:
        _cursor(page, drawn, indent, start)


def _cursor(page: Painted, drawn: Drawn, left: int, top: int) -> None:
    if drawn.cursor is not None:
        page.cursor = (drawn.cursor[0] + left, drawn.cursor[1] + top)


def _rows(text: str, style: str, width: int, indent: int) -> list[Line]:
    text = harmless(text[:2_000])
    room = max(10, width - indent)
    return [[("", " " * indent), (style, cut(text[start:end], room))] for start, end in wrapped(text, room)]
