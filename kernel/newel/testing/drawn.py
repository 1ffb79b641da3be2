"""Layouts as plain text, for tests: every cell below the one before, with all that is in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from newel.contracts.layout import (
    Cell,
    Detail,
    Grid,
    Input,
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
from newel.contracts.views import Act, Form, Listing, Sheet, View


def drawn(view: View) -> str:
    """The text of a view. What the cursor is on begins with ``>``; a cell begins with its title in brackets."""
    match view:
        case Grid():
            lines = [*_grid(view)]
        case Sheet():
            lines = [view.title, *_grid(view.grid), *_acts(view.acts)]
        case Listing():
            lines = [view.title, " | ".join(one.label for one in view.columns), *_acts(view.acts)]
        case Form():
            lines = [view.title, *(f"{one.label or one.name}: {view.values.get(one.name)}" for one in view.controls)]
        case _:
            lines = _primitive(view)
    return "\n".join(lines)


def _acts(acts: Iterable[Act]) -> Iterator[str]:
    for act in acts:
        yield f"{act.key}: {act.label}"


def _grid(grid: Grid) -> Iterator[str]:
    for column in grid.columns:
        for cell in column.cells:
            yield from _cell(cell)
    if grid.hints:
        yield "  ".join(f"{hint.key}: {hint.label}" for hint in grid.hints)


def _cell(cell: Cell) -> Iterator[str]:
    yield f"[{cell.title}]"
    yield from _primitive(cell.content)


def _marked(lines: Iterable[str], cursor: int) -> list[str]:
    return [("> " if index == cursor else "  ") + line for index, line in enumerate(lines)]


def _primitive(one: Primitive) -> list[str]:
    match one:
        case List():
            return _marked([item.label for item in one.items], one.cursor) or [one.empty]
        case Detail():
            return [one.title] * bool(one.title) + [f"{pair.label}: {pair.value}" for pair in one.fields]
        case Text():
            return [line.text for line in one.lines]
        case Table():
            return ["  " + " | ".join(one.headers), *_marked([" | ".join(row) for row in one.rows], one.cursor)]
        case Input():
            return [f"{one.id}= {one.value or f'({one.placeholder})'}"]
        case Select():
            return _marked([option.label for option in one.options], one.selected)
        case Tree():
            return _marked(_nodes(one.nodes, 0), one.cursor)
        case Progress():
            return [f"{one.value:.0%} {one.label}".rstrip()]
        case Picture():
            return [f"({one.label}, {one.width} by {one.height})"]


def _nodes(nodes: Iterable[Node], level: int) -> Iterator[str]:
    for node in nodes:
        yield "  " * level + ("- " if node.expanded else "+ " if node.children else "") + node.label
        if node.expanded:
            yield from _nodes(node.children, level + 1)
