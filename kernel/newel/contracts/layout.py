"""What a terminal screen shows: values without behaviour, drawn by whoever has the terminal.

A layout is a ``Grid`` of twelve units, or, where a field is edited in its place, one primitive. Sizes are bounded and
text is made harmless here, when a value is made, so a door draws what it gets: no control character reaches a terminal.
Errors: ``newel.Fault``, with a code and a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from attrs import field, frozen

from newel.bounds import Fault, described

UNITS = 12
"""The width of a grid, and the most columns it has."""
MOST = 10_000
"""Items of a list, rows of a table, nodes of a tree, lines of a text."""
LONGEST = 10_240
"""Bytes of one text, in UTF-8."""
DEEPEST = 20
"""Levels of a tree."""
_HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, among them what begins an escape sequence; marks that turn the direction of writing; halves of
characters."""
_COLOURS = re.compile("#[0-9a-fA-F]{6}|(bright-)?(black|red|green|yellow|blue|magenta|cyan|white)|")


def harmless(text: str) -> str:
    """The text with nothing in it that a terminal would obey: line breaks and tabs become spaces, other control
    characters and marks of direction a replacement character."""
    return _HARMFUL.sub(lambda found: " " if found[0] in "\t\r\n" else "\N{REPLACEMENT CHARACTER}", text)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Fault("type", f"expected text, got {described(value)}")
    if len(value) > LONGEST or len(value.encode("utf-8", "surrogatepass")) > LONGEST:
        raise Fault("max_length", f"a text takes at most {LONGEST} bytes")
    return harmless(value)


def _colour(value: Any) -> str:
    if not isinstance(value, str) or not _COLOURS.fullmatch(value):
        raise Fault("pattern", "a colour is '#rrggbb', or a name such as 'red' or 'bright-red'")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or value != int(value):
        raise Fault("type", f"expected a whole number, got {described(value)}")
    return max(0, int(value))


def _share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise Fault("type", f"expected a number, got {described(value)}")
    return min(1.0, max(0.0, float(value)))


def _bounded(kind: type[Any], values: Sequence[Any], most: int = MOST) -> None:
    if not isinstance(values, tuple):
        raise Fault("type", f"expected a tuple, got {described(values)}")
    if len(values) > most:
        raise Fault("max_length", f"at most {most} are shown")
    if any(not isinstance(one, kind) for one in values):
        raise Fault("type", f"expected only values of {kind.__name__}")


def _many(kind: type[Any], most: int = MOST) -> Callable[[Any, Any, Sequence[Any]], None]:
    return lambda _, __, values: _bounded(kind, values, most)


def _texts(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(_text(one) for one in values)


@frozen(kw_only=True)
class Item:
    """A line of a ``List``."""

    label: str = field(converter=_text)
    id: str = field(default="", converter=_text)
    bold: bool = False
    faint: bool = False


@frozen(kw_only=True)
class List:
    """Items one below the other; ``cursor`` counts from 0, and the item there is kept in sight."""

    items: tuple[Item, ...] = field(validator=_many(Item))
    cursor: int = field(default=0, converter=_whole)
    empty: str = field(default="", converter=_text)
    """What stands there when there is no item."""


@frozen(kw_only=True)
class Pair:
    """A line of a ``Detail``."""

    label: str = field(converter=_text)
    value: str = field(default="", converter=_text)
    faint: bool = False


@frozen(kw_only=True)
class Detail:
    """Names and values of one thing."""

    fields: tuple[Pair, ...] = field(validator=_many(Pair))
    title: str = field(default="", converter=_text)


@frozen(kw_only=True)
class Line:
    """A line of a ``Text``. ``accent`` is the theme's own colour; ``fg`` and ``bg`` are for where the colour is what
    is shown."""

    text: str = field(converter=_text)
    bold: bool = False
    faint: bool = False
    accent: bool = False
    fg: str = field(default="", converter=_colour)
    bg: str = field(default="", converter=_colour)


@frozen(kw_only=True)
class Text:
    """Lines of text; a line that is too long for its place is wrapped."""

    lines: tuple[Line, ...] = field(validator=_many(Line))


def _cells(rows: Iterable[Iterable[Any]]) -> tuple[tuple[str, ...], ...]:
    made = tuple(tuple(row) for row in rows)
    _bounded(tuple, made)
    if any(len(row) > 100 for row in made):
        raise Fault("max_length", "a row has at most 100 cells")
    return tuple(_texts(row) for row in made)


@frozen(kw_only=True)
class Table:
    """Rows under headers. A row may be shorter than the headers, not longer."""

    headers: tuple[str, ...] = field(converter=_texts)
    rows: tuple[tuple[str, ...], ...] = field(converter=_cells)
    cursor: int = field(default=0, converter=_whole)

    def __attrs_post_init__(self) -> None:
        if any(len(row) > len(self.headers) for row in self.rows):
            raise Fault("max_length", "a row has more cells than there are headers")


@frozen(kw_only=True)
class Input:
    """A line to type in, as it is drawn: keys go to the session, which answers with the new ``value``."""

    id: str = field(converter=_text)
    value: str = field(default="", converter=_text)
    placeholder: str = field(default="", converter=_text)
    focused: bool = True


@frozen(kw_only=True)
class Option:
    """A choice of a ``Select``."""

    label: str = field(converter=_text)
    value: str = field(default="", converter=_text)


@frozen(kw_only=True)
class Select:
    """One of several, as it is drawn; ``selected`` counts from 0."""

    id: str = field(converter=_text)
    options: tuple[Option, ...] = field(validator=_many(Option))
    selected: int = field(default=0, converter=_whole)
    focused: bool = True


@frozen(kw_only=True)
class Node:
    """A node of a ``Tree``; its children are drawn where it is ``expanded``."""

    label: str = field(converter=_text)
    id: str = field(default="", converter=_text)
    expanded: bool = False
    children: tuple[Node, ...] = ()


@frozen(kw_only=True)
class Tree:
    """Nodes below nodes; ``cursor`` counts the nodes that are drawn, from 0."""

    nodes: tuple[Node, ...] = field(validator=_many(Node))
    cursor: int = field(default=0, converter=_whole)

    def __attrs_post_init__(self) -> None:
        level, count, depth = list(self.nodes), 0, 0
        while level:
            count, depth = count + len(level), depth + 1
            if depth > DEEPEST:
                raise Fault("max_depth", f"a tree has at most {DEEPEST} levels")
            if count > MOST:
                raise Fault("max_length", f"a tree has at most {MOST} nodes")
            level = [child for node in level for child in node.children]


@frozen(kw_only=True)
class Progress:
    """How far something is, from 0 to 1."""

    value: float = field(converter=_share)
    label: str = field(default="", converter=_text)


@frozen(kw_only=True)
class Picture:
    """An image, drawn as large as its place allows: with half blocks, or in full where the terminal can."""

    pixels: bytes
    """Red, green and blue, row by row: three bytes a pixel."""
    width: int
    height: int
    mark: tuple[float, float] | None = None
    """A point of interest, from the left and from the top, each 0 to 1."""
    label: str = field(default="", converter=_text)
    """What is said where no picture can be drawn."""

    def __attrs_post_init__(self) -> None:
        if not (0 < self.width <= 512 and 0 < self.height <= 512):
            raise Fault("max", "a picture has 1 to 512 pixels a side")
        if len(self.pixels) != 3 * self.width * self.height:
            raise Fault("length", "a picture has three bytes a pixel")


Primitive: TypeAlias = List | Detail | Text | Table | Input | Select | Tree | Progress | Picture
_PRIMITIVES = (List, Detail, Text, Table, Input, Select, Tree, Progress, Picture)


@frozen(kw_only=True)
class Cell:
    """A part of a column, with a frame. ``height`` is its share of the column's height."""

    title: str = field(default="", converter=_text)
    height: float = field(default=1.0, converter=_share)
    content: Primitive

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.content, _PRIMITIVES):
            raise Fault("type", "the content of a cell is a primitive: a list, a text, a table ...")


def _span(value: Any) -> int:
    if not 1 <= (whole := _whole(value)) <= UNITS:
        raise Fault("max", f"a column is 1 to {UNITS} units wide")
    return whole


@frozen(kw_only=True)
class Column:
    """Cells one below the other; ``span`` is the width in units."""

    span: int = field(converter=_span)
    cells: tuple[Cell, ...] = field(validator=_many(Cell, 100))


@frozen(kw_only=True)
class Hint:
    """A key and what it does, for the line at the bottom."""

    key: str = field(converter=_text)
    label: str = field(converter=_text)


@frozen(kw_only=True)
class Grid:
    """Columns side by side. They share the width in proportion where their spans are not twelve in all.

    ``refresh``: seconds after which the session gets a ``Tick`` if nothing else came, for what moves by itself.
    """

    columns: tuple[Column, ...] = field(validator=_many(Column, UNITS))
    hints: tuple[Hint, ...] = field(default=(), validator=_many(Hint, 100))
    refresh: float | None = None

    def __attrs_post_init__(self) -> None:
        if self.refresh is not None and not 0.2 <= self.refresh <= 3600:
            raise Fault("min", "a screen is refreshed every 0.2 to 3600 seconds")


Layout: TypeAlias = Grid | Primitive
