"""Yes or no."""

from __future__ import annotations

from collections.abc import Sequence
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
        super().__init__(desk, owner, None, urwid.Filler(urwid.Text(harmless(message)), valign="top"))
        self._desk = desk

    def actions(self) -> Sequence[Action]:
        return (
            Action(name="question.yes", label="yes", keys=("enter", "y"), hint=True, run=self._answer(True)),
            Action(name="question.no", label="no", keys=("esc", "n", "q"), hint=True, run=self._answer(False)),
        )

    def _answer(self, accepted: bool):  # type: ignore[no-untyped-def]  # a closure
        return lambda: self._desk.finish(self, accepted)
