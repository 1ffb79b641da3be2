"""A line for paths of this machine, with ``tab`` to go on with what is there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from newel.contracts.layout import harmless
from newel_tui.actions import Action
from newel_tui.boxes.base import Box, Host, Owner
from newel_tui.boxes.drawing import Painter, Spans, cut, wide
from newel_tui.boxes.form.buffer import Buffer
from newel_tui.chosen import completed

ROWS = 8
HELP = "Files and folders, with spaces between them; ~ is home."
BROWSE = "enter on an empty line looks through folders"


class PathsBox(Box):
    """Finishes with the text."""

    typing = True

    def __init__(self, host: Host, owner: Owner, text: str = "") -> None:
        self._buffer = Buffer(text, single=True)
        self._buffer.move(self._buffer.end())
        self._names: list[str] = []
        super().__init__(host, owner, None, Painter(self._paint, self._caret))

    def wants(self, width: int, height: int) -> tuple[int, int]:
        return min(width, 72), min(height, ROWS + 2)

    def actions(self) -> Sequence[Action]:
        return (
            Action(name="paths.take", label="send", keys=("enter",), hint=True, run=self._take),
            Action(name="paths.complete", label="complete", keys=("tab",), hint=True, run=self._complete),
            Action(name="paths.leave", label="leave", keys=("esc",), hint=True, run=self._leave),
        )

    def keypress(self, size: tuple[int, ...], key: str) -> str | None:
        if key in ("tab", "enter", "esc") or not self._buffer.key(key):
            return key
        self._names = []
        return None

    def pasted(self, text: str) -> None:
        self._buffer.insert(text.replace("\n", " "))

    def _take(self) -> None:
        self.host.finish(self, self._buffer.text)

    def _leave(self) -> None:
        self.host.finish(self, None)

    async def _complete(self) -> None:
        before = self._buffer.text
        text, self._names = await asyncio.to_thread(completed, before)
        if text != before:
            self._buffer.reset(text)
            self._buffer.move(self._buffer.end())
        if len(self._names) == 1:
            self._names = []
        self.host.redraw()

    def _shown(self, width: int) -> tuple[str, int]:
        """What is seen of the line, and where the cursor stands in it."""
        text, column = harmless(self._buffer.text), self._buffer.at[1]
        start = max(0, column - width + 1)
        while wide(text[start:column]) >= width:
            start += 1
        return text[start:], wide(text[start:column])

    def _paint(self, width: int, height: int) -> list[Spans]:
        lines: list[Spans] = [[("faint", HELP)], [("field.focus", self._shown(width)[0])]]
        if not self._names:
            return [*lines, [("faint", BROWSE)]]
        room = max(1, height - len(lines))
        seen = self._names if len(self._names) <= room else self._names[: room - 1]
        lines += [[(None, cut(harmless(one), width))] for one in seen]
        return (
            [*lines, [("faint", f"{len(self._names) - len(seen):,} more")]] if len(seen) < len(self._names) else lines
        )

    def _caret(self, width: int, height: int) -> tuple[int, int]:
        return self._shown(width)[1], 1
