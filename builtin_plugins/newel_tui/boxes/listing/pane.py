"""What is told beside a list about the row under the cursor."""

from __future__ import annotations

from typing import Any

from newel.contracts.layout import harmless
from newel.contracts.views import MISSING, Ask, Listing, at, meant
from newel.errors import NewelError
from newel_tui.boxes.base import Host
from newel_tui.boxes.cells import told
from newel_tui.boxes.drawing import Spans, fit, wide, wrapped
from newel_tui.boxes.listing.source import Shown
from newel_tui.boxes.timing import Timers

REST = 0.15
"""Seconds that the cursor rests before something is asked."""


class Pane:
    """Asks once the cursor rests, and shows the answer if the cursor is still there."""

    def __init__(self, host: Host, timers: Timers, view: Listing) -> None:
        self._host = host
        self._timers = timers
        self.view = view
        self._shown: Shown | None = None
        self._answer: Any = MISSING
        self._error = ""

    def about(self, shown: Shown | None) -> None:
        """The cursor is on this row now, which may have been read again."""
        if shown is self._shown:
            return
        if self._shown is None or shown is None or shown.key != self._shown.key:
            self._answer, self._error = MISSING, ""
        self._shown = shown
        ask = self.view.detail
        if shown is not None and ask is not None and self.view.details:
            self._timers.after("detail", REST, lambda: self._host.start(self._ask(shown, ask)))

    async def _ask(self, shown: Shown, ask: Ask) -> None:
        answer, wrong = MISSING, ""
        try:
            answer = await self._host.gateway.run(ask.operation, meant(ask.params, shown.row))
        except NewelError as error:
            wrong = harmless(error.detail)
        if shown is self._shown:
            self._answer, self._error = answer, wrong
            self._host.redraw()

    def lines(self, width: int) -> list[Spans]:
        if self._shown is None:
            return []
        told_of = self._shown.row if self._answer is MISSING else self._answer
        label = min(max(wide(one.label) for one in self.view.details), width // 3)
        made: list[Spans] = []
        for one in self.view.details:
            attr, text = told(at(told_of, one.value), one.cell)
            for number, part in enumerate(wrapped(text, width - label - 1)):
                made.append([("faint", fit("" if number else one.label, label)), (None, " "), (attr, part)])
        if self._error:
            made += [[("bad", part)] for part in wrapped(f"✗ {self._error}", width)]
        elif self._answer is MISSING and self.view.detail is not None:
            made.append([("faint", "reading …")])
        return made
