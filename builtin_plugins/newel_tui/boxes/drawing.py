"""Lines of coloured text, measured in columns of a terminal, and the widget that draws them.

An attribute is the name of a look (``faint``, ``accent``, ``cursor``, ``good``, ``bad`` ...), ``None``, or an
``urwid.AttrSpec`` where the colour itself is what is shown, or a ``Spot`` of a picture.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import ClassVar, Final, TypeAlias

import urwid
from attrs import field, frozen


@frozen(kw_only=True)
class Shown:
    """A picture in a place of so many columns and rows. ``pixels``: red, green and blue, ``width`` by ``height``."""

    pixels: bytes = field(repr=False)
    width: int
    height: int
    columns: int
    rows: int


@frozen(cache_hash=True)
class Spot:
    """The attribute of cells that a picture is drawn in: whose terminal shows the picture itself leaves them out while
    all of it is to be seen. ``marks``: they stand above it."""

    picture: Shown
    row: int
    under: urwid.AttrSpec | None
    marks: bool = False


Attr: TypeAlias = "str | urwid.AttrSpec | Spot | None"
Spans: TypeAlias = list[tuple[Attr, str]]
"""A line: texts with their attributes. The texts are harmless."""
TRUE: Final = 16777216
"""Colours of an ``AttrSpec`` with colours of its own; what a terminal has is found when it is drawn there."""
MORE = "…"
"""Ends what was cut."""


def wide(text: str) -> int:
    """The columns that a text takes."""
    return len(text) if text.isascii() else urwid.calc_width(text, 0, len(text))


def cut(text: str, width: int) -> str:
    """The text, no wider than that."""
    if (len(text) <= width and text.isascii()) or wide(text) <= width:
        return text
    return text[: urwid.calc_text_pos(text, 0, len(text), width - 1)[0]] + MORE if width > 0 else ""


def fit(text: str, width: int, *, right: bool = False) -> str:
    """The text, exactly that wide."""
    text = cut(text, width)
    space = " " * (width - wide(text))
    return space + text if right else text + space


def fitted(spans: Iterable[tuple[Attr, str]], width: int, fill: Attr = None) -> Spans:
    """The line, exactly that wide."""
    made: Spans = []
    for attr, text in spans:
        text = cut(text, width)
        made.append((attr, text))
        width -= wide(text)
        if width <= 0:
            break
    if width > 0:
        made.append((fill, " " * width))
    return made


def shifted(text: str, columns: int) -> str:
    """The text without its first columns."""
    return text[urwid.calc_text_pos(text, 0, len(text), columns)[0] :] if columns else text


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines no wider than that, broken at spaces where there are any. Never none."""
    lines, width = [], max(1, width)
    while wide(text) > width:
        end = urwid.calc_text_pos(text, 0, len(text), width)[0] or 1
        space = text.rfind(" ", 1, end + 1)
        if space > 0:
            lines.append(text[:space])
            text = text[space + 1 :]
        else:
            lines.append(text[:end])
            text = text[end:]
    return [*lines, text]


def drawn(lines: Sequence[Spans], width: int, height: int, cursor: tuple[int, int] | None = None) -> urwid.TextCanvas:
    """Lines from the top as a canvas of exactly that size. (Widgets for text lay each of them out at every key.)"""
    texts: list[bytes] = []
    attrs: list[list[tuple[Hashable, int]]] = []
    for number in range(height):
        line = fitted(lines[number] if number < len(lines) else (), width)
        encoded = [(attr, text.encode()) for attr, text in line]
        texts.append(b"".join(text for _, text in encoded))
        attrs.append([(attr, len(text)) for attr, text in encoded])
    return urwid.TextCanvas(texts, attrs, cursor=cursor, maxcol=width, check_width=False)


class Painter(urwid.Widget):
    """Draws what ``paint`` answers for a width and a height: lines from the top. ``cursor`` says where the terminal's
    own cursor stands, if it is to be seen."""

    _sizing = frozenset([urwid.BOX])
    _selectable = True
    no_cache: ClassVar[list[str]] = ["render"]

    def __init__(
        self,
        paint: Callable[[int, int], list[Spans]],
        cursor: Callable[[int, int], tuple[int, int] | None] = lambda width, height: None,
    ) -> None:
        super().__init__()
        self._paint = paint
        self._cursor = cursor

    def render(self, size: tuple[int, int], focus: bool = False) -> urwid.Canvas:  # type: ignore[override]  # a box
        width, height = size
        cursor = self._cursor(width, height) if focus else None
        return drawn(self._paint(width, height), width, height, cursor)

    def keypress(self, size: tuple[int, int], key: str) -> str | None:  # type: ignore[override]  # a box
        return key
