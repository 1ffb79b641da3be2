"""How a call of a plugin can end badly, as the doors tell them apart."""

from __future__ import annotations

import re
from typing import Any

_PLACE = re.compile(r"^([\w/.-]{1,200}\.lua):(\d+): (.*)", re.DOTALL)


class CallFailed(Exception):
    """The plugin did not answer. ``code`` is the word that its routes answer with."""

    code = "HANDLER_ERROR"


class LuaError(CallFailed):
    """It raised. ``text`` is its message, ``file`` and ``line`` say where (``None``: it did not say), ``value`` is what
    it raised where that was a table."""

    def __init__(self, message: str, trace: str = "", value: Any = None) -> None:
        super().__init__(message)
        place = _PLACE.match(message)
        self.file = place[1] if place else None
        self.line = int(place[2]) if place else None
        self.text = place[3] if place else message
        self.trace = trace
        self.value = value


class Exceeded(CallFailed):
    """It used up what it may: ``instructions``, ``memory``, ``calls`` (of the server), ``value`` (what it answered
    cannot be sent), ``processor`` or ``process`` (its process ended itself, or had to be ended)."""

    def __init__(self, what: str, message: str) -> None:
        super().__init__(message)
        self.what = what


class TimedOut(CallFailed):
    """It took too long by the clock on the wall."""

    code = "HANDLER_TIMEOUT"


class Busy(CallFailed):
    """As many of its calls run as may, and none ended in time."""

    code = "POOL_EXHAUSTED"


class Away(CallFailed):
    """It is not running, or its process ended for a reason that is not its own."""

    code = "PLUGIN_UNAVAILABLE"


class Resting(CallFailed):
    """It failed several times in a row and is left alone for ``retry_after`` seconds."""

    code = "CIRCUIT_BREAKER_OPEN"

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Interrupted(Exception):
    """The process ended for a reason that is another call's."""
