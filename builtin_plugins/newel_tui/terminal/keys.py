"""Bytes from a keyboard as keys, clicks and pastes."""

from __future__ import annotations

import re
from typing import TypeAlias

from attrs import frozen
from urwid.display.escape import MoreInputRequired, process_keyqueue

from newel_tui.terminal.answers import Answers, Report, begun

LONGEST_PASTE = 8 << 20
"""Bytes; the rest is dropped."""
_BEGIN, _FINISH = b"\x1b[200~", b"\x1b[201~"
_TEXT = re.compile(rb"[\x20-\x7e]+|(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})+")
_WINDOW = 128
"""Bytes that are looked at for one escape sequence."""
_NAMES = {"page up": "pgup", "page down": "pgdown", "ctrl  ": "ctrl+space"}


@frozen
class Paste:
    """Text that was pasted, in one piece, as it came."""

    text: str


@frozen
class Mouse:
    """``kind``: ``press``, ``release`` or ``drag``; buttons 4 and 5 are the wheel. Counted from 0."""

    kind: str
    button: int
    column: int
    row: int


Heard: TypeAlias = str | Paste | Mouse | Report


def named(key: str) -> str:
    """A key of urwid's, as ``newel.contracts.tui.Key`` calls it; empty for what is none."""
    if len(key) == 1:
        return key
    if key.startswith(("<", "focus ", "begin ", "end p", "super ", "hyper ")):
        return ""
    held = {"ctrl": False, "meta": False, "shift": False}
    while (first := key.partition(" ")[0]) in held and len(key) > len(first) + 1:
        held[first], key = True, key[len(first) + 1 :]
    marks = "ctrl+" * held["ctrl"] + "alt+" * held["meta"] + "shift+" * held["shift"]
    return marks + _NAMES.get(key, key)


class Keyboard:
    """Takes bytes as they come; a sequence may be spread over several reads."""

    def __init__(self) -> None:
        self._rest = b""
        self._paste: bytearray | None = None
        self._searched = 0
        self._answers = Answers()

    @property
    def partial(self) -> bool:
        """Whether what came last may be the beginning of more, or a key of its own: the ``esc`` key is."""
        return (bool(self._rest) or self._answers.dropping) and self._paste is None

    @property
    def answering(self) -> bool:
        """Whether what came last is the beginning of an answer: nobody types that."""
        return self._answers.dropping or begun(self._rest)

    def feed(self, data: bytes) -> list[Heard]:
        data, self._rest = self._rest + data, b""
        return self._heard(data, more=True)

    def flush(self) -> list[Heard]:
        """Nothing else came for a while: takes what is there for what it is."""
        data, self._rest = self._rest, b""
        heard = self._heard(data, more=False)
        self._answers.quiet()
        return heard

    def _heard(self, data: bytes, *, more: bool) -> list[Heard]:
        heard: list[Heard] = []
        at = 0
        while at < len(data) or self._paste is not None:
            if self._paste is not None:
                rest = self._pasting(self._paste, data[at:], heard)
                if rest is None:
                    return heard
                data, at = rest, 0
                continue
            begin, report = self._answers.take(data, at, more=more)
            if begin != at:
                if begin < 0:
                    self._rest = data[at:]
                    break
                heard += [report] if report is not None else []
                at = begin
            elif found := _TEXT.match(data, at):
                heard += found[0].decode("utf-8", "ignore")
                at = found.end()
            elif data.startswith(_BEGIN, at):
                self._paste, self._searched = bytearray(), 0
                at += len(_BEGIN)
            else:
                at = self._one(data, at, heard, more=more)
                if at < 0:
                    break
        return heard

    def _one(self, data: bytes, at: int, heard: list[Heard], *, more: bool) -> int:
        """One key or sequence; where the next begins, or -1: the rest has to wait."""
        codes = list(data[at : at + _WINDOW])
        try:
            found, left = process_keyqueue(codes, more)
        except MoreInputRequired:
            if len(codes) == _WINDOW:
                return at + 1
            self._rest = data[at:]
            return -1
        for one in found:
            if isinstance(one, str):
                if key := named(one):
                    heard.append(key)
            elif one[0].startswith(("mouse", "ctrl mouse", "meta mouse", "shift mouse")):
                kind, button, column, row = one  # type: ignore[misc]  # a tuple of four where the name is a mouse's
                heard.append(Mouse(str(kind).rpartition(" ")[2], int(button), int(column), int(row)))
            elif one[0] == "device attributes":
                heard.append(Report(data[at : at + len(codes) - len(left)]))
        return at + len(codes) - len(left)

    def _pasting(self, paste: bytearray, data: bytes, heard: list[Heard]) -> bytes | None:
        """Collects; answers what follows the paste, ``None`` where it goes on."""
        paste += data
        end = paste.find(_FINISH, max(0, self._searched - len(_FINISH)))
        self._searched = len(paste)
        if end < 0:
            if len(paste) > LONGEST_PASTE + len(_FINISH):
                del paste[LONGEST_PASTE : -len(_FINISH)]
                self._searched = len(paste)
            return None
        rest = bytes(paste[end + len(_FINISH) :])
        heard.append(Paste(paste[: min(end, LONGEST_PASTE)].decode("utf-8", "replace")))
        self._paste = None
        return rest
