"""What a terminal says of its own accord, told apart from keys: it may come in pieces, late, never, or without end."""

from __future__ import annotations

import re

from attrs import frozen

LONGEST = 4096
"""Bytes of an answer; a longer one is nobody's, and is dropped to its end."""
SHORT = 64
"""Bytes that begin like an answer, and may yet have been typed: ``alt+]`` and what followed it at once."""
_STRING = re.compile(rb"\x1b[P_\]^X][^\x07\x1b]{1,4096}(?:\x07|\x1b\\)")
"""Device, application and system strings (DCS, APC, OSC ...)."""
_REPORT = re.compile(rb"\x1b\[(?:\?[0-9;]{0,126}c|[0-9;]{1,126}t)")
_LOST = re.compile(rb"\x1b_G[^\x07\x1b]{0,4096}(?=\x1b[^\\])")
"""An answer about pictures that something else came into."""
_OPEN_STRING = re.compile(rb"\x1b[P_\]^X][^\x07\x1b]{0,4096}\x1b?\Z")
_OPEN_REPORT = re.compile(rb"\x1b\[[\x30-\x3f][\x20-\x3f]{0,127}\Z")
_ENDLESS_STRING = re.compile(rb"\x1b[P_\]^X][^\x07\x1b]{4097}")
_ENDLESS_REPORT = re.compile(rb"\x1b\[[\x30-\x3f][\x20-\x3f]{128}")
_REST_OF_STRING = re.compile(rb"[^\x07\x1b]*(\x07|\x1b\\)?")
_REST_OF_REPORT = re.compile(rb"[\x20-\x3f]*([\x40-\x7e])?")


@frozen
class Report:
    """An answer of the terminal to a question of ours."""

    data: bytes


class Answers:
    """Looks for an answer where a key would begin. Remembers that one without end is being dropped."""

    def __init__(self) -> None:
        self._rest: re.Pattern[bytes] | None = None

    @property
    def dropping(self) -> bool:
        return self._rest is not None

    def take(self, data: bytes, at: int, *, more: bool) -> tuple[int, Report | None]:
        """Where what comes next begins, and the answer: ``at`` where none does, -1 where the rest has yet to come.
        Without ``more`` nothing comes, and what was begun is dropped."""
        if self._rest is not None:
            return self._drop(self._rest, data, at, more=more), None
        if not data.startswith(b"\x1b", at):
            return at, None
        if found := _STRING.match(data, at) or _REPORT.match(data, at):
            return found.end(), Report(found[0])
        if found := _LOST.match(data, at):
            return found.end(), None
        for begins, rest in ((_ENDLESS_STRING, _REST_OF_STRING), (_ENDLESS_REPORT, _REST_OF_REPORT)):
            if found := begins.match(data, at):
                self._rest = rest
                return self._drop(rest, data, found.end(), more=more), None
        if _OPEN_STRING.match(data, at) or _OPEN_REPORT.match(data, at):
            if more:
                return -1, None
            if begun(data, at) or len(data) - at > SHORT:
                return len(data), None
        return at, None

    def quiet(self) -> None:
        """Nothing came for a while: what comes next is new."""
        self._rest = None

    def _drop(self, rest: re.Pattern[bytes], data: bytes, at: int, *, more: bool) -> int:
        found = rest.match(data, at)
        assert found is not None  # noqa: S101 - it matches nothing as well
        if more and found[1] is None and data[found.end() :] == b"\x1b":  # the end of it may be cut in two
            return -1
        if not more or found[1] is not None or found.end() < len(data):
            self._rest = None
        return found.end()


def begun(data: bytes, at: int = 0) -> bool:
    """Whether an answer to a question of ours is begun there."""
    return data.startswith(b"\x1b_G", at) or bool(_OPEN_REPORT.match(data, at))
