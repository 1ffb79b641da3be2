"""Primitives as lines."""

from __future__ import annotations

from collections.abc import Callable

import urwid
from attrs import field, frozen

from newel.contracts.layout import (
    Detail,
    Input,
    Line,
    List,
    Node,
    Picture,
    Primitive,
    Progress,
    Select,
    Table,
    Text,
    Tree,
)
from newel_tui.boxes.drawing import TRUE, Attr, Spans, fit, fitted, shifted, wide, wrapped
from newel_tui.boxes.layout.pictures import Style, drawn

GAP = 2


@frozen
class Lines:
    """A primitive at a width: as many lines as it needs, made one by one."""

    count: int
    line: Callable[[int], Spans]
    cursor: int | None = None
    """The line that is kept in sight."""
    head: list[Spans] = field(factory=list)
    """Stays above while the others move."""
    text: Callable[[int], str] | None = None
    """Of what can be shifted to the side: the whole line."""

    def seen(self, top: int, height: int) -> list[Spans]:
        """The lines from one on, as many as there is room for."""
        begin = max(0, top)
        return [*self.head, *(self.line(one) for one in range(begin, min(self.count, begin + height - len(self.head))))]


def lines_of(content: Primitive, width: int, height: int, *, pictures: Style, shift: int = -1) -> Lines:
    """The lines of a primitive. ``height`` is what there is for what fills its place. ``shift``: long lines of text
    are not wrapped, and stand so far to the left."""
    match content:
        case List():
            return _list(content, width)
        case Detail():
            return _detail(content, width)
        case Text():
            return _text(content, width, shift)
        case Table():
            return _table(content, width)
        case Input():
            return _fixed([_input(content, width)], 0)
        case Select():
            return _select(content, width)
        case Tree():
            return _tree(content, width)
        case Progress():
            return _fixed(_progress(content, width))
        case Picture():
            return _fixed(drawn(content, width, height, pictures))


def _fixed(lines: list[Spans], cursor: int | None = None) -> Lines:
    return Lines(len(lines), lines.__getitem__, cursor)


def _list(content: List, width: int) -> Lines:
    if not content.items:
        return _fixed([[("faint", one)] for one in wrapped(content.empty, width)])

    def line(number: int) -> Spans:
        item, here = content.items[number], number == content.cursor
        look: Attr = "cursor" if here else "bold" if item.bold else "faint" if item.faint else None
        return [(look, fit(f"{'>' if here else ' '} {item.label}", width))]

    return Lines(len(content.items), line, content.cursor)


def _detail(content: Detail, width: int) -> Lines:
    lines: list[Spans] = [[("title", one)] for one in wrapped(content.title, width)] if content.title else []
    label = min(max((wide(one.label) for one in content.fields), default=0), width // 3)
    for pair in content.fields:
        for number, part in enumerate(wrapped(pair.value, width - label - GAP)):
            name = "" if number else pair.label
            lines.append([("label", fit(name, label)), (None, " " * GAP), ("faint" if pair.faint else None, part)])
    return _fixed(lines)


def look_of(line: Line) -> Attr:
    """The colour of a line of text."""
    if line.fg or line.bg:
        front = ",".join([*([colour(line.fg)] if line.fg else ["default"]), *(["bold"] if line.bold else [])])
        return urwid.AttrSpec(front, colour(line.bg) if line.bg else "default", TRUE)
    return "accent" if line.accent else "bold" if line.bold else "faint" if line.faint else None


_BRIGHT = {"black": "dark gray", "yellow": "yellow", "white": "white"}
_PLAIN = {"black": "black", "yellow": "brown", "white": "light gray"}


def colour(name: str) -> str:
    """A colour of a layout, as urwid calls it."""
    if name.startswith("#"):
        return name
    if name.startswith("bright-"):
        return _BRIGHT.get(name.removeprefix("bright-"), f"light {name.removeprefix('bright-')}")
    return _PLAIN.get(name, f"dark {name}")


def _text(content: Text, width: int, shift: int) -> Lines:
    if shift >= 0:
        return Lines(
            len(content.lines),
            lambda number: [(look_of(content.lines[number]), shifted(content.lines[number].text, shift))],
            text=lambda number: content.lines[number].text,
        )
    made = [(look_of(line), part) for line in content.lines for part in wrapped(line.text, width)]
    return Lines(len(made), lambda number: [made[number]], text=lambda number: made[number][1])


def _table(content: Table, width: int) -> Lines:
    count = len(content.headers)
    needed = [wide(one) for one in content.headers]
    for row in content.rows[:1000]:
        for number, cell in enumerate(row):
            needed[number] = max(needed[number], wide(cell))
    widths = shared(needed, width - 2 - GAP * max(0, count - 1))

    def line(number: int) -> Spans:
        row, here = content.rows[number], number == content.cursor
        cells = (" " * GAP).join(fit(cell, w) for cell, w in zip(row, widths, strict=False) if w)
        return [("cursor" if here else None, fit(f"{'>' if here else ' '} {cells}", width))]

    head = "  " + (" " * GAP).join(fit(one, w) for one, w in zip(content.headers, widths, strict=True) if w)
    return Lines(len(content.rows), line, content.cursor, [[("header", fit(head, width))]])


def shared(needed: list[int], room: int) -> list[int]:
    """Widths within the room: what is narrow gets what it needs, what is wide shares the rest."""
    made, left, room = [0] * len(needed), sorted(range(len(needed)), key=needed.__getitem__), max(0, room)
    while left:
        number = left.pop(0)
        made[number] = min(needed[number], room // (len(left) + 1))
        room -= made[number]
    return made


def _input(content: Input, width: int) -> Spans:
    shown = content.value
    while wide(shown) > width - 1:  # the end is what somebody types at
        shown = shown[1:]
    if not content.focused:
        return [("field", fit(shown, width))] if shown else [("faint", fit(content.placeholder, width))]
    rest = width - wide(shown) - 1
    ghost = "" if shown else content.placeholder
    return [("field.focus", shown), ("field.focus", "▏"), ("faint", fit(ghost, max(0, rest)))]


def _select(content: Select, width: int) -> Lines:
    def line(number: int) -> Spans:
        chosen = number == content.selected
        look: Attr = ("cursor" if content.focused else "bold") if chosen else None
        return [(look, fit(f"{'(•)' if chosen else '( )'} {content.options[number].label}", width))]

    return Lines(len(content.options), line, content.selected)


def _tree(content: Tree, width: int) -> Lines:
    nodes: list[tuple[Node, int]] = []
    waiting = [(node, 0) for node in reversed(content.nodes)]
    while waiting:
        node, depth = waiting.pop()
        nodes.append((node, depth))
        if node.expanded:
            waiting += [(child, depth + 1) for child in reversed(node.children)]

    def line(number: int) -> Spans:
        node, depth = nodes[number]
        here, sign = number == content.cursor, ("▾" if node.expanded else "▸") if node.children else " "
        text = fit(f"{'>' if here else ' '} {'  ' * depth}{sign} {node.label}", width)
        return [("cursor" if here else None, text)]

    return Lines(len(nodes), line, content.cursor)


def _progress(content: Progress, width: int) -> list[Spans]:
    told = f" {content.value:4.0%}"
    room = max(0, width - wide(told))
    full = round(room * content.value)
    bar: Spans = [("accent", "█" * full), ("faint", "░" * (room - full)), (None, told)]
    labels: list[Spans] = [[(None, one)] for one in wrapped(content.label, width)] if content.label else []
    return [*labels, fitted(bar, width)]
