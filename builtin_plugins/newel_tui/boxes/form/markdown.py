"""An editor of Markdown, with what it will look like beside it or in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from newel_tui.actions import Action
from newel_tui.boxes.form.lines import Drawn, Line, beside, cut
from newel_tui.boxes.form.multiline import LinesField

WIDE = 100
"""Columns from which on both fit beside each other."""
PART = 20_000
"""Characters that are drawn: of a longer text those round the cursor."""


class MarkdownField(LinesField):
    """``ctrl+p`` shows what it will look like; where there is room, beside the text."""

    def load(self, value: Any) -> None:
        super().load(value)
        self._previewing = False
        self._known: tuple[tuple[int, int, int], list[tuple[int, Line]]] | None = None

    def actions(self) -> Sequence[Action]:
        label = "only the text" if self._previewing else "preview"
        preview = Action(name="form.preview", label=label, keys=("ctrl+p",), hint=True, run=self._turn)
        return [preview, *super().actions()]

    def _turn(self) -> None:
        self._previewing = not self._previewing

    def drawn(self, width: int, focused: bool) -> Drawn:
        if not focused or not self._previewing:
            return super().drawn(width, focused)
        height = max(4, self.form.height - 6)
        if width < WIDE:
            return Drawn([[("dim", "preview: ctrl+p goes back to the text")], *self._seen(width, height - 1)])
        half = (width - 3) // 2
        mine = super().drawn(half, focused)
        theirs = self._seen(half, len(mine.lines) if len(mine.lines) > SMALLEST else height)
        lines = []
        for index in range(max(len(mine.lines), len(theirs))):
            left = list(mine.lines[index]) if index < len(mine.lines) else []
            right = theirs[index] if index < len(theirs) else []
            lines.append([*beside(left, [("dim", " │ ")], half), *right])
        return Drawn(lines, mine.cursor)

    def _seen(self, width: int, height: int) -> list[Line]:
        """The rows that belong to what is in sight of the text."""
        first, until = self._part()
        key = (self.buffer.version, first, width)
        if self._known is None or self._known[0] != key:
            from newel_tui.boxes.form.preview import previewed  # the parser is only imported by who looks

            text = "\n".join(line[:PART] for line in self.buffer.lines[first:until])
            self._known = (key, previewed(text[:PART], width))
        rows = self._known[1]
        top = max(0, self._top[0] - first)
        at = next((index for index, (line, _) in enumerate(rows) if line >= top), 0)
        at = max(0, min(at, len(rows) - height))
        return [line for _, line in rows[at : at + height]] or [[("dim", cut("nothing yet", width))]]

    def _part(self) -> tuple[int, int]:
        """The lines to draw: all, or where that is too much those from a while above what is in sight."""
        if len(self.buffer.text) <= PART:
            return 0, len(self.buffer.lines)
        first = max(0, self._top[0] // 50 * 50 - 50)
        return first, first + 400


SMALLEST = 12
