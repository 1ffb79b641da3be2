"""Text under a cursor: what is typed, taken away, undone. It draws nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Place = tuple[int, int]
"""Line and character, from 0."""
KEPT = 500
"""Steps that can be undone."""
_WORD = re.compile(r"\w+")


class Buffer:
    """Lines of text and a cursor. ``single`` has one line: line breaks that come in are spaces there.

    A change costs the length of its line, not of the text; ``version`` counts changes.
    """

    def __init__(self, text: str = "", *, single: bool = False) -> None:
        self.single = single
        self.version = 0
        self.lines = [""]
        self.at: Place = (0, 0)
        self._undo: list[tuple[Place, str, str]] = []
        self._redo: list[tuple[Place, str, str]] = []
        self._joined: tuple[int, str] | None = None
        self.goal: int | None = None
        """The column that moves up and down keep to."""
        self.reset(text)

    @property
    def text(self) -> str:
        if self._joined is None or self._joined[0] != self.version:
            self._joined = (self.version, "\n".join(self.lines))
        return self._joined[1]

    def reset(self, text: str) -> None:
        """Another text: what was done to the last one is forgotten."""
        self.lines = self._split(text)
        self.at = (0, len(self.lines[0])) if self.single else (0, 0)
        self._undo, self._redo = [], []
        self.version += 1

    def _split(self, text: str) -> list[str]:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return [text.replace("\n", " ")] if self.single else text.split("\n")

    # -- changes --------------------------------------------------------------------------------------------------

    def insert(self, text: str) -> None:
        self._change(self.at, "", "\n".join(self._split(text)))

    def remove(self, start: Place, end: Place) -> None:
        self._change(start, self.between(start, end), "")

    def replace(self, start: Place, end: Place, text: str) -> None:
        self._change(start, self.between(start, end), "\n".join(self._split(text)))

    def between(self, start: Place, end: Place) -> str:
        (row, column), (last, until) = start, end
        if row == last:
            return self.lines[row][column:until]
        return "\n".join([self.lines[row][column:], *self.lines[row + 1 : last], self.lines[last][:until]])

    def _change(self, start: Place, old: str, new: str) -> None:
        if not old and not new:
            return
        self._apply(start, old, new)
        self._redo.clear()
        last = self._undo[-1] if self._undo else None
        typed = len(new) == 1 and not old and new not in " \n" and last is not None and not last[1] and last[2]
        if last is not None and typed and "\n" not in last[2] and start == (last[0][0], last[0][1] + len(last[2])):
            self._undo[-1] = (last[0], "", last[2] + new)  # a word is undone in one piece
        else:
            self._undo.append((start, old, new))
            del self._undo[:-KEPT]

    def _apply(self, start: Place, old: str, new: str) -> None:
        (row, column), (last, until) = start, _after(start, old)
        made = (self.lines[row][:column] + new + self.lines[last][until:]).split("\n") if "\n" in new else None
        if made is None:
            made = [self.lines[row][:column] + new + self.lines[last][until:]]
        self.lines[row : last + 1] = made
        self.at = _after(start, new)
        self.goal = None
        self.version += 1

    def undo(self) -> bool:
        if not self._undo:
            return False
        start, old, new = self._undo.pop()
        self._apply(start, new, old)
        self._redo.append((start, old, new))
        return True

    def redo(self) -> bool:
        if not self._redo:
            return False
        start, old, new = self._redo.pop()
        self._apply(start, old, new)
        self._undo.append((start, old, new))
        return True

    # -- the cursor -----------------------------------------------------------------------------------------------

    def left(self) -> Place:
        row, column = self.at
        return (row, column - 1) if column else (row - 1, len(self.lines[row - 1])) if row else self.at

    def right(self) -> Place:
        row, column = self.at
        if column < len(self.lines[row]):
            return (row, column + 1)
        return (row + 1, 0) if row + 1 < len(self.lines) else self.at

    def word_left(self) -> Place:
        row, column = self.at
        if not column:
            return self.left()
        head = self.lines[row][max(0, column - 1000) : column]
        found = list(_WORD.finditer(head))
        return (row, column - len(head) + found[-1].start() if found else 0)

    def word_right(self) -> Place:
        row, column = self.at
        if column >= len(self.lines[row]):
            return self.right()
        found = _WORD.search(self.lines[row], column)
        return (row, found.end() if found else len(self.lines[row]))

    def home(self) -> Place:
        return (self.at[0], 0)

    def end(self) -> Place:
        return (self.at[0], len(self.lines[self.at[0]]))

    def line_end(self) -> Place:
        """Where ``ctrl+k`` ends: the end of the line, or, there, the line break."""
        return self.end() if self.at != self.end() else self.right()

    def move(self, place: Place) -> None:
        self.at, self.goal = place, None

    # -- keys -----------------------------------------------------------------------------------------------------

    def key(self, key: str) -> bool:
        """Whether the key meant something here, which those that have no effect did as well."""
        if len(key) == 1 and key.isprintable():
            self.insert(key)
            return True
        if key in MOVES:
            self.move(MOVES[key](self))
        elif key in CUTS:
            there = CUTS[key](self)
            self.remove(min(there, self.at), max(there, self.at))
        elif key == "ctrl+u":
            self.remove(self.home(), self.at)
        elif key in ("ctrl+z", "alt+u"):  # on a console the first one is the shell's
            self.undo()
        elif key in ("ctrl+y", "alt+z"):
            self.redo()
        elif key == "enter" and not self.single:
            self.insert("\n")
        else:
            return False
        return True


def _after(start: Place, text: str) -> Place:
    """Where a text ends that begins at ``start``."""
    breaks = text.count("\n")
    return (start[0], start[1] + len(text)) if not breaks else (start[0] + breaks, len(text) - text.rfind("\n") - 1)


MOVES: Mapping[str, Callable[[Buffer], Place]] = {
    "left": Buffer.left, "right": Buffer.right, "home": Buffer.home, "end": Buffer.end,
    "ctrl+a": Buffer.home, "ctrl+left": Buffer.word_left, "alt+b": Buffer.word_left, "alt+left": Buffer.word_left,
    "ctrl+right": Buffer.word_right, "alt+f": Buffer.word_right, "alt+right": Buffer.word_right,
}  # fmt: skip
CUTS: Mapping[str, Callable[[Buffer], Place]] = {
    "backspace": Buffer.left, "delete": Buffer.right, "ctrl+d": Buffer.right, "ctrl+w": Buffer.word_left,
    "alt+backspace": Buffer.word_left, "alt+d": Buffer.word_right, "ctrl+k": Buffer.line_end,
}  # fmt: skip
