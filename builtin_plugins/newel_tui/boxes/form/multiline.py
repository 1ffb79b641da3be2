"""Several lines of text, wrapped softly. Only what is seen is laid out, however long the text or a line is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from newel.contracts.layout import harmless
from newel.contracts.views import MISSING
from newel_tui.actions import Action
from newel_tui.boxes.form.buffer import Buffer
from newel_tui.boxes.form.external import edited
from newel_tui.boxes.form.field import Fault
from newel_tui.boxes.form.lines import Drawn, Line, width_of, wrapped
from newel_tui.boxes.form.text import TextField

PIECE = 2_000
"""Characters of a line that are wrapped at a time: a longer line is wrapped in pieces of this size."""
SMALL = 6
"""Rows of an editor that is not in focus."""
AT_ONCE = 50_000
"""Characters of JSON that are read at every key; longer ones when the site is asked, or the form is sent."""
Row = tuple[int, int, int]
"""A row of an editor: its line, and the characters of it, from and to."""


class LinesField(TextField):
    """Text of several lines."""

    tall = True
    _top: Row = (0, 0, 0)

    def load(self, value: Any) -> None:
        self.buffer = Buffer(self.written(value))
        self._top = (0, 0, 0)
        self._width = 80

    @property
    def note(self) -> str:
        most = self.control.schema.get("maxLength")
        return f"{len(self.buffer.text)}/{most}" if most is not None else ""

    # -- layout ---------------------------------------------------------------------------------------------------

    def _rows(self, line: int, piece: int, width: int) -> list[Row]:
        start = piece * PIECE
        text = self.buffer.lines[line][start : start + PIECE]
        return [(line, start + a, start + b) for a, b in wrapped(text, width)]

    def _pieces(self, line: int) -> int:
        return max(1, -(-len(self.buffer.lines[line]) // PIECE))

    def _below(self, row: Row, width: int) -> Iterator[Row]:
        """The row and those below it."""
        line, piece = row[0], row[1] // PIECE
        while line < len(self.buffer.lines):
            for one in self._rows(line, piece, width):
                if (one[0], one[1]) >= row[:2]:
                    yield one
            piece += 1
            if piece >= self._pieces(line):
                line, piece = line + 1, 0

    def _above(self, row: Row, width: int) -> Iterator[Row]:
        """The rows above it, the nearest first."""
        line, piece = row[0], row[1] // PIECE
        while line >= 0:
            for one in reversed(self._rows(line, piece, width)):
                if (one[0], one[1]) < row[:2]:
                    yield one
            piece -= 1
            if piece < 0:
                line -= 1
                piece = self._pieces(line) - 1 if line >= 0 else 0

    def _row_at(self, line: int, column: int, width: int) -> Row:
        piece = min(column // PIECE, self._pieces(line) - 1)
        rows = self._rows(line, piece, width)
        return next((one for one in reversed(rows) if one[1] <= column), rows[0])

    def _scrolled(self, width: int, height: int) -> list[Row]:
        """The rows in sight, that of the cursor among them."""
        line, column = self.buffer.at
        here = self._row_at(line, column, width)
        top = self._row_at(min(self._top[0], len(self.buffer.lines) - 1), self._top[1], width)
        if here[:2] < top[:2]:
            top = here
        seen: list[Row] = []
        for one in self._below(top, width):
            seen.append(one)
            if len(seen) >= height:
                break
        if here not in seen and here[:2] > top[:2]:
            above = [here]
            for one in self._above(here, width):
                if len(above) >= height:
                    break
                above.append(one)
            seen = above[::-1]
        self._top = seen[0]
        return seen

    def drawn(self, width: int, focused: bool) -> Drawn:
        if not self.buffer.text and (not focused or self.control.readonly):
            return Drawn([self.hint(width)])
        self._width = width = max(4, width - 1)
        if not focused:
            rows = []
            for one in self._below((0, 0, 0), width):
                rows.append(one)
                if len(rows) > SMALL:
                    break
            lines: list[Line] = [[("value", self._shown(row))] for row in rows[:SMALL]]
            return Drawn([*lines, [("dim", f"… {len(self.buffer.lines)} lines")]] if len(rows) > SMALL else lines)
        height = max(4, self.form.height - 6)
        seen = self._scrolled(width, height)
        lines, cursor = [], None
        for index, row in enumerate(seen):
            text = self._shown(row)
            lines.append([("field.focus", text + " " * (width + 1 - width_of(text)))])
            if row == self._row_at(*self.buffer.at, width):
                line, start, _ = row
                cursor = (width_of(harmless(self.buffer.lines[line][start : self.buffer.at[1]])), index)
        return Drawn(lines, cursor)

    def _shown(self, row: Row) -> str:
        line, start, end = row
        return harmless(self.buffer.lines[line][start:end])

    # -- keys -----------------------------------------------------------------------------------------------------

    def actions(self) -> Sequence[Action]:
        if not self.form.host.gateway.local_files or self.control.readonly:
            return ()
        return (Action(name="form.editor", label="your editor", keys=("ctrl+e",), hint=True, run=self._edit),)

    async def _edit(self) -> None:
        """Hands the text to the person's own editor, and takes what comes back as one change."""
        before = self.buffer.text
        suffix = {"markdown": ".md", "json": ".json"}.get(self.control.kind, ".txt")
        after = await self.form.host.suspend(lambda: edited(before, suffix))
        if after != before:
            last = len(self.buffer.lines) - 1
            self.buffer.replace((0, 0), (last, len(self.buffer.lines[last])), after)
            self.buffer.move((0, 0))
            self.changed()

    def key(self, key: str) -> bool:
        if key in ("up", "down", "pgup", "pgdn", "pgdown") and not self.control.readonly:
            return self._vertical(key)
        if key == "ctrl+home":
            self.buffer.move((0, 0))
            return True
        if key == "ctrl+end":
            last = len(self.buffer.lines) - 1
            self.buffer.move((last, len(self.buffer.lines[last])))
            return True
        return super().key(key)

    def _vertical(self, key: str) -> bool:
        """Keeps the column; at the first and the last row the key leads out of the field."""
        width = self._width
        here = self._row_at(*self.buffer.at, width)
        rows = self._above(here, width) if key in ("up", "pgup") else self._below(here, width)
        if key in ("down", "pgdn", "pgdown"):
            next(rows)
        far = max(1, self.form.height - 8) if key.startswith("pg") else 1
        found = here
        for _, one in zip(range(far), rows, strict=False):
            found = one
        if found == here:
            return key.startswith("pg")
        goal = self.buffer.goal if self.buffer.goal is not None else self.buffer.at[1] - here[1]
        line, start, end = found
        last = end if end == len(self.buffer.lines[line]) else max(start, end - 1)
        self.buffer.move((line, min(start + goal, last)))
        self.buffer.goal = goal
        return True


class JsonField(LinesField):
    """Any JSON, written prettily."""

    _parsed: tuple[int, Any] | None = None

    def load(self, value: Any) -> None:
        text = value.get(_RAW) if isinstance(value, dict) and set(value) == {_RAW} else None
        super().load(value)
        if isinstance(text, str):
            self.buffer.reset(text)
        self._parsed = None

    def written(self, value: Any) -> str:
        return "" if value is MISSING else json.dumps(value, indent=2, ensure_ascii=False)

    def read(self, text: str) -> Any:
        if self._parsed is None or self._parsed[0] != self.buffer.version:
            try:
                self._parsed = (self.buffer.version, json.loads(text))
            except (ValueError, RecursionError) as error:
                self._parsed = (self.buffer.version, error)
        return self._parsed[1]

    def nothing(self) -> Any:
        return MISSING

    def value(self) -> Any:
        found = super().value()
        return self.original if isinstance(found, Exception) else found

    @property
    def dirty(self) -> bool:
        return self.buffer.text != self.written(self.original)

    def kept(self) -> Any:
        return {_RAW: self.buffer.text}

    def faults(self, pointer: str) -> Iterator[Fault]:
        text = self.buffer.text
        if self._parsed is None and len(text) > AT_ONCE and self.form.typing_now:
            return
        if text.strip() and isinstance(found := self.read(text), Exception):
            where = f", line {found.lineno}" if isinstance(found, json.JSONDecodeError) else ""
            yield Fault(pointer, f"is not JSON{where}", stops=True)
        else:
            yield from super().faults(pointer)


_RAW = "$text"
