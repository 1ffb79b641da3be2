"""``log``: lines of plugins in the site's log, which they can neither flood nor forge."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

from newel.contracts.clock import Clock
from newel_lua import json_text
from newel_lua.limits import Limit
from newel_lua.model import Function, LuaValue, Run
from newel_lua.modules.settings import masked

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}
LONGEST, LONGEST_FIELD, LONGEST_NAME = 2000, 500, 40
MOST_FIELDS = 20
LINES, SECONDS = 200, 10.0
"""So many lines of one plugin in so much time."""


class LogModule:
    """``log.debug``, ``log.info``, ``log.warn``, ``log.error``: a message, and a table of fields."""

    name = "log"

    def __init__(self, clock: Clock, log: logging.Logger) -> None:
        self._log = log
        self._limit = Limit(clock, LINES, SECONDS)
        self._dropped: Counter[str] = Counter()
        self.functions: Mapping[str, Function] = {
            level: partial(self._write, number) for level, number in LEVELS.items()
        }

    async def _write(self, level: int, run: Run, args: Sequence[LuaValue]) -> None:
        """The plugin's name is on each line; its own fields are called ``lua.<name>``, so that they are no others'."""
        name = run.plugin.name
        if self._limit.take(name):
            self._dropped[name] += 1
            return
        message, fields = (*args, None, None)[:2]
        extra: dict[str, LuaValue] = {"plugin": name}
        if dropped := self._dropped.pop(name, 0):
            extra["lines_dropped"] = dropped
        if isinstance(fields, Mapping):
            for key, value in list(fields.items())[:MOST_FIELDS]:
                field = re.sub(r"[^A-Za-z0-9_.-]", "_", masked(run.plugin, key))[:LONGEST_NAME]
                extra[f"lua.{field}"] = _short(run, value, LONGEST_FIELD)
        # As an argument: a percent sign of the plugin's is no format.
        self._log.log(level, "%s", _short(run, message, LONGEST), extra=extra)


def _short(run: Run, value: LuaValue, most: int) -> LuaValue:
    """One line of text that shows what it is, without the plugin's secrets."""
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, Mapping | list):
        value = json_text.written(value)
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    text = masked(run.plugin, text)
    text = text if len(text) <= most else text[: most - 1] + "…"
    return text if text.isprintable() else "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
