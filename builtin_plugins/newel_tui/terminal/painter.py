"""A canvas as bytes: only the lines that have changed. The one place where text becomes what a terminal reads."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any, TypeAlias

import urwid
from attrs import frozen
from urwid.str_util import calc_width

from newel.contracts.layout import harmless
from newel_tui.boxes.drawing import Shown, Spot
from newel_tui.terminal.abilities import Abilities
from newel_tui.terminal.gallery import Gallery, Part, parts_of, places_of
from newel_tui.theme import Sgr

START = b"\x1b[?1049h\x1b[?7l\x1b[?2004h\x1b[0m\x1b[2J\x1b[?25l"
"""The second screen; lines that are too long are cut; pastes are told apart from keys."""
END = b"\x1b[0m\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l"
MOUSE_ON, MOUSE_OFF = b"\x1b[?1000h\x1b[?1002h\x1b[?1006h", b"\x1b[?1006l\x1b[?1002l\x1b[?1000l"
COMBINING = 3
"""Marks above one letter that are drawn."""
_JOINERS = re.compile("[\u200b-\u200d\u2060-\u2064\ufe00-\ufe0f\ufeff\u034f\u180b-\u180f\U000e0000-\U000e0fff]")
"""What joins or chooses glyphs: terminals disagree about the width of the outcome."""
_DRAWN = (
    ("-", "─━╌┄\N{EN DASH}—"), ("|", "│┃║▏▕"), ("+", "┌┐└┘├┤┬┴┼╭╮╯╰╔╗╚╝"), ("=", "═"), ("*", "•●✓✔"), (".", "·…○"),
    (">", "▶▸→»"), ("<", "◀←«"), ("v", "▾▼↓"), ("^", "▲↑▀"), ("x", "✗✘\N{MULTIPLICATION SIGN}"), ('"', "“”„"),
    ("'", "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"), ("#", "█▓▒"), (":", "░"), ("_", "▄▁▂▃"),
)  # fmt: skip
Row: TypeAlias = list[tuple[Any, Any, bytes]]
"""Looks, charsets and texts from left to right."""
NOTHING: frozenset[Shown] = frozenset()
_ASCII = {ord(one): plain for plain, many in _DRAWN for one in many}


@frozen
class Sent:
    """A line as the terminal has it."""

    row: Row
    line: bytes
    parts: list[Part]
    pictures: frozenset[Shown]


class Painter:
    """Remembers what the terminal shows. ``paint`` answers the bytes that make it show a canvas."""

    def __init__(self, abilities: Abilities, gallery: Gallery) -> None:
        self._sgr = Sgr(abilities.colours)
        self._utf8 = abilities.utf8
        self._gallery = gallery
        self._shown: list[Sent] = []
        self._size = (0, 0)
        self._cursor: tuple[int, int] | None = None

    def forget(self) -> None:
        """What is shown is unknown: the next paint draws everything."""
        self._size = (0, 0)

    def paint(self, canvas: urwid.Canvas) -> bytes:
        out = [b"\x1b[?25l"]
        size = (canvas.cols(), canvas.rows())
        cleared = size != self._size
        if cleared:
            out.append(b"\x1b[0m\x1b[2J")
            self._shown, self._size = [], size
        rows = list(map(list, canvas.content()))
        # Most of them are what they were, at most keys.
        same = [
            one if number < len(rows) and one.row == rows[number] else None for number, one in enumerate(self._shown)
        ]
        same += [None] * (len(rows) - len(same))
        parts = [parts_of(row) if one is None else one.parts for row, one in zip(rows, same, strict=True)]
        frame = self._gallery.frame(places_of(parts), cleared=cleared)
        if frame.data:
            out.append(frame.data)
        shown: list[Sent] = []
        for number, row in enumerate(rows):
            kept, pictures = same[number], frame.shown.get(number, NOTHING)
            if kept is None or kept.pictures != pictures:
                kept = Sent(row, self._line(row, pictures), parts[number], pictures)
            if number in frame.over or number >= len(self._shown) or self._shown[number].line != kept.line:
                out.append(b"\x1b[%d;1H%b" % (number + 1, kept.line))
            shown.append(kept)
        self._shown = shown
        if len(out) == 1 and canvas.cursor == self._cursor:
            return b""
        self._cursor = canvas.cursor
        if canvas.cursor is not None:
            column, row = canvas.cursor
            out.append(b"\x1b[%d;%dH\x1b[?25h" % (row + 1, column + 1))
        return b"".join(out)

    def _line(self, runs: Row, pictures: frozenset[Shown]) -> bytes:
        parts: list[str] = []
        at = 0
        for look, cells in groupby(runs, key=lambda one: one[0]):
            raw = b"".join(text for _, _, text in cells)
            text = raw.decode("utf-8", "replace")
            width = calc_width(text, 0, len(text))
            if isinstance(look, Spot) and look.picture in pictures and not look.marks:
                parts.append(self._gallery.below(at, width))
                at += width
                continue
            parts.append(self._sgr[look.under if isinstance(look, Spot) else look])
            if raw.isascii() and text.isprintable():
                parts.append(text)
            else:
                parts.append(self._safe(text))
                if at + width < self._size[0]:  # whatever the terminal makes of it, the next run begins in its place
                    parts.append(f"\x1b[{at + width + 1}G")
            at += width
        line = "".join(parts)
        if not parts or not runs[-1][2].endswith(b" ") or runs[-1][0] is not None:
            return line.encode("utf-8", "replace")
        return f"{line.rstrip(' ')}\x1b[0m\x1b[K".encode("utf-8", "replace")

    def _safe(self, text: str) -> str:
        text = harmless(_JOINERS.sub("", text))
        if not self._utf8:
            return "".join(_plain(one) for one in text.translate(_ASCII))
        made: list[str] = []
        marks = 0
        for one in text:
            marks = marks + 1 if one > "\u02ff" and not calc_width(one, 0, 1) else 0
            if marks <= COMBINING:
                made.append(one)
        return "".join(made)


def _plain(one: str) -> str:
    return one if one < "\x7f" else "?" * calc_width(one, 0, 1)
