"""JSON on the server's side, of values as they cross."""

from __future__ import annotations

from typing import Any

import orjson

from newel_lua.model import LuaValue

DEEPEST = 100
"""Levels that go on to a plugin."""


class TooDeep(ValueError):
    """It is nested deeper than ``DEEPEST``."""


def written(value: LuaValue) -> bytes:
    """Raises ``ValueError``. Text that is no UTF-8 is written with replacement characters: JSON knows no other."""
    try:
        return orjson.dumps(value, default=_readable)
    except (TypeError, ValueError) as error:
        raise ValueError(f"it cannot be written as JSON: {error}") from None


def read(text: bytes) -> Any:
    """Raises ``ValueError``: ``TooDeep``, or what is no JSON."""
    value = orjson.loads(text)
    if text.count(b"[") + text.count(b"{") > DEEPEST and _deeper(value):
        raise TooDeep(f"the JSON is nested deeper than {DEEPEST} levels")
    return value


def _readable(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    raise TypeError(f"it has a {type(value).__name__} in it")


def _deeper(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            child
            for one in level
            for child in (one.values() if isinstance(one, dict) else one)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True
