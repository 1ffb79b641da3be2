"""The latest records of the log, in memory."""

from __future__ import annotations

import logging
from collections import deque
from itertools import islice

from newel.contracts.clock import Clock
from newel.log import Formatter
from newel_site.model import LogQuery, Record, Records

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
LONGEST = 2000
"""Characters of a message, or of its details, that are kept."""
LONGEST_TRACE = 8000
LOOKED_AT = 5000
"""Records that one question looks at, so that it is quick; the next page goes on from there."""


class Recorder(logging.Handler):
    """Keeps the last ``size`` records, and what they take is bounded. Secrets are masked, as in the log itself."""

    def __init__(self, size: int, clock: Clock) -> None:
        super().__init__()
        self._says = Formatter(clock)
        self._kept: deque[Record] = deque(maxlen=size)
        self._number = 0

    def emit(self, record: logging.LogRecord) -> None:
        parts = self._says.parts(record)
        time, level, message = (parts.pop(key) for key in ("time", "level", "message"))
        parts.pop("logger")
        named = {key: str(parts.pop(key, "")) for key in ("plugin", "request_id")}
        trace = parts.pop("traceback", "")
        details = " ".join(f"{key}={value}" for key, value in parts.items())
        self._number += 1
        self._kept.append(
            Record(
                id=self._number, at=time, level=level, message=message[:LONGEST], details=details[:LONGEST],
                line=f"{message} {details}".strip()[:LONGEST],
                traceback=trace[-LONGEST_TRACE:], **named,
            )
        )  # fmt: skip

    def page(self, query: LogQuery) -> Records:
        least, text = LEVELS.get(query.level or "", 0), (query.text or "").casefold()
        found: list[Record] = []
        for seen, one in enumerate(islice(reversed(self._kept), self._skipped(query.cursor), None)):
            if query.after is not None and one.id <= query.after:
                break
            if len(found) == query.limit or seen == LOOKED_AT:
                return Records(data=tuple(found), next=one.id + 1, last=self._number)
            if LEVELS.get(one.level, 50) >= least and query.plugin in (None, one.plugin) and _has(one, text):
                found.append(one)
        return Records(data=tuple(found), last=self._number)

    def _skipped(self, cursor: int | None) -> int:
        return 0 if cursor is None else max(0, self._number - cursor + 1)


def _has(one: Record, text: str) -> bool:
    return not text or any(text in part.casefold() for part in (one.message, one.details, one.plugin, one.traceback))
