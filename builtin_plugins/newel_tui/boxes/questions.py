"""Yes or no."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import urwid

from newel.contracts.layout import harmless
from newel_tui.actions import Action
from newel_tui.boxes.base import Box, Owner

if TYPE_CHECKING:
    from newel_tui.desk import Desk


class Question(Box):
    """Finishes with ``True`` or ``False``."""

    def __init__(self, desk: Desk, owner: Owner, message: str) -> None:
        keys: list[str | tuple[str, str]] = [("bold", "y"), " yes   ", ("bold", "n"), " no"]
        self._text = urwid.Text([f"{harmless(message)}\n\n" if message else "", *keys])
        super().__init__(desk, owner, None, urwid.Filler(self._text, valign="top"))
        self._desk = desk
        self._wide = 60

    def wants(self, width: int, height: int) -> tuple[int, int]:
        wide = max(1, min(width, max(30, min(60, self._text.pack()[0]))))
        self._wide = wide
        return wide, min(height, self._text.rows((wide,)))

    def pointed(self, column: int, row: int) -> str:
        if row != self._text.rows((self._wide,)) - 1:
            return ""
        return "y" if column < len("y yes") else "n" if len("y yes   ") <= column < len("y yes   n no") else ""

    def actions(self) -> Sequence[Action]:
        return (
            Action(name="question.yes", label="yes", keys=("y", "enter"), hint=True, run=self._answer(True)),
            Action(name="question.no", label="no", keys=("n", "esc", "q"), hint=True, run=self._answer(False)),
        )

    def _answer(self, accepted: bool) -> Callable[[], None]:
        return lambda: self._desk.finish(self, accepted)
