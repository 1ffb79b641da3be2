"""A short list to choose from, with or without a line to narrow it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import urwid
from attrs import frozen

from newel.contracts.layout import harmless
from newel_tui.actions import Action
from newel_tui.boxes.base import Box, Owner
from newel_tui.boxes.drawing import Spans, drawn, fit, fitted, wide

if TYPE_CHECKING:
    from newel_tui.desk import Desk

T = TypeVar("T")


@frozen
class Choice:
    """A line: what is searched is its label and its note."""

    label: str
    note: str = ""
    value: object = None
    name: str = ""
    """What it is remembered by."""


class Choosing(Box):
    """Finishes with the ``Choice``. With ``narrow`` it has a line to type in, which answers the lines to show."""

    def __init__(
        self, desk: Desk, owner: Owner, choices: Sequence[Choice], *,
        at: int = 0, narrow: Callable[[str], Sequence[Choice]] | None = None,
    ) -> None:  # fmt: skip
        self._desk = desk
        self._narrow = narrow
        self._choices = list(choices)
        self._at = at
        self._from = 0
        self.typed = ""
        self.typing = narrow is not None
        super().__init__(desk, owner, None, urwid.SolidFill(" "))

    def wants(self, width: int, height: int) -> tuple[int, int]:
        return min(width, 72), min(height, 18 if self._narrow else len(self._choices) or 1)

    def actions(self) -> Sequence[Action]:
        def moves(name: str, label: str, by: int, *keys: str) -> Action:
            return Action(name=name, label=label, keys=keys, run=lambda: self._move(by))

        letters = self._narrow is None
        return (
            Action(name="choice.take", label="choose", keys=("enter",), hint=True, run=self._take),
            moves("choice.down", "down", 1, "down", "ctrl+n", *("j" if letters else ())),
            moves("choice.up", "up", -1, "up", "ctrl+p", *("k" if letters else ())),
            moves("choice.page_down", "page down", 10, "pgdown", "ctrl+d"),
            moves("choice.page_up", "page up", -10, "pgup", "ctrl+u"),
            moves("choice.first", "first", -len(self._choices), "home", *("g" if letters else ())),
            moves("choice.last", "last", len(self._choices), "end", *("G" if letters else ())),
        )

    def keypress(self, size: tuple[int, ...], key: str) -> str | None:
        if len(key) == 1:
            self._type(self.typed + key)
        elif key == "backspace" and self.typed:
            self._type(self.typed[:-1])
        else:
            return key
        return None

    def pasted(self, text: str) -> None:
        if self._narrow is not None:
            self._type(self.typed + text.partition("\n")[0][:200])

    def _type(self, text: str) -> None:
        self.typed, self._at = text, 0
        if self._narrow is not None:
            self._choices = list(self._narrow(text))
        self._changed()

    def _move(self, by: int) -> None:
        self._at = max(0, min(len(self._choices) - 1, self._at + by))
        self._changed()

    def _changed(self) -> None:
        self._invalidate()
        self.host.redraw()

    def _take(self) -> None:
        if self._choices:
            self._desk.finish(self, self._choices[self._at])

    def pointed(self, column: int, row: int) -> str:
        place = self._from + row - (1 if self._narrow else 0)
        if not self._from <= place < len(self._choices):
            return ""
        self._at = place
        return "enter"

    def render(self, size: tuple[int, int], focus: bool = False) -> urwid.Canvas:  # type: ignore[override]  # a box
        width, height = size
        lines: list[Spans] = []
        if self._narrow is not None:
            lines.append([("bold", ": "), ("field", self.typed or " ")])
        room = max(1, height - len(lines))
        self._from = max(0, min(self._from, self._at), self._at - room + 1)
        shown = self._choices[self._from : self._from + room]
        column = max((len(one.label) for one in shown if one.note), default=0)
        column = min(column, max(12, width * 2 // 3))
        for number, one in enumerate(shown, self._from):
            label, note = harmless(one.label), harmless(one.note)
            if note:
                label = fit(label, column)
            if number == self._at:
                look = "cursor" if focus else "cursor.blur"
                lines.append(fitted([(look, f"> {label}  {note}")], width, look))
            else:
                lines.append([(None, f"  {label}  "), ("dim", note)])
        if not self._choices:
            lines.append([("dim", "  nothing fits")])
        cursor = (min(width - 1, 2 + wide(self.typed)), 0) if self._narrow is not None and focus else None
        return drawn(lines, width, height, cursor)
