"""Structured logs on the standard library: text for people, JSON for machines, request id on every line, no secrets."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from typing import Annotated, Any, Literal, TextIO

from attrs import frozen

from newel.contracts.clock import Clock
from newel.secrets import MASK, Secret
from newel.spans import recorded
from newel.structure import rfc3339

# A context variable has to stand at module level: it is per task, not shared state.
REQUEST: ContextVar[str | None] = ContextVar("newel_request", default=None)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


SECTION = "log"
"""Of the configuration: the one that belongs to no plugin and can change while the site runs."""


@frozen(kw_only=True)
class LogConfig:
    """The ``[log]`` section."""

    level: Annotated[Literal["debug", "info", "warning", "error"], "The least level that is written."] = "info"
    format: Annotated[Literal["text", "json"], "`text` for people, `json` for log collectors."] = "text"


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return str(value)


class Formatter(logging.Formatter):
    """What a record says, as data; secrets are masked."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def parts(self, record: logging.LogRecord) -> dict[str, Any]:
        """``time``, ``level``, ``logger``, ``message``, where there are any ``request_id``, ``trace_id`` and
        ``traceback``, and what else was given with it: plain values."""
        parts: dict[str, Any] = {
            "time": rfc3339(self._clock.now()),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (request := REQUEST.get()) is not None:
            parts["request_id"] = request
        if (span := recorded()) is not None:
            parts["trace_id"] = span.trace_id
        parts |= {key: _plain(value) for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info and record.exc_info[0] is not None:
            parts["traceback"] = self.formatException(record.exc_info)
        return parts


class JsonFormatter(Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(self.parts(record), ensure_ascii=False)


class TextFormatter(Formatter):
    """``time level message key=value``; control characters of logged values are escaped, so nobody forges a line."""

    def format(self, record: logging.LogRecord) -> str:
        parts = self.parts(record)
        trace = parts.pop("traceback", None)
        head = f"{parts.pop('time')[11:23]} {parts.pop('level'):<7} {parts.pop('message')}"
        parts.pop("logger")
        line = " ".join([head, *(f"{key}={value}" for key, value in parts.items())])
        if not line.isprintable():
            line = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in line)
        return f"{line}\n{trace}" if trace else line


def logger(config: LogConfig, clock: Clock, stream: TextIO | None = None) -> logging.Logger:
    """The application's logger: its own object, not the process-wide root."""
    # Not from the process-wide registry: two applications in one process must not share a level.
    made = logging.Logger("newel", config.level.upper())  # noqa: LOG001 - see above
    made.manager = logging.Manager(made)  # type: ignore[arg-type]  # a root of its own, or setLevel() is not heard later
    made.addHandler(logging.StreamHandler(stream or sys.stderr))
    configure(made, config, clock)
    return made


def configure(made: logging.Logger, config: LogConfig, clock: Clock) -> None:
    """Gives a logger of ``logger()`` another configuration, at once."""
    made.setLevel(config.level.upper())
    made.handlers[0].setFormatter(JsonFormatter(clock) if config.format == "json" else TextFormatter(clock))
