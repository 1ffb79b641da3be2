"""The seven types of columns: how their values look in Lua, and how they are kept.

A value is kept and comes back the same on every engine: integers of 64 bits, finite doubles, booleans as 0 and 1, times
as the text that they were, JSON as text, bytes as they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from math import isfinite

from newel.contracts.database import Value
from newel_lua.model import LuaRefused, LuaValue
from newel_lua.modules.db.names import kind_of

LARGEST = 2 * 1024 * 1024
"""Bytes of one value."""
_TIME = 40
OVERFLOW = "a sum has more than 64 bits"


class Unfit(Exception):
    """A value that a column cannot hold; says what it takes."""


Encode = Callable[[LuaValue], Value]
Decode = Callable[[Value], LuaValue]


def _text(value: LuaValue) -> str:
    if isinstance(value, bytes):
        raise Unfit("takes text in UTF-8")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _as_lua_writes(value)
    if not isinstance(value, str):
        raise Unfit(f"takes text, got {kind_of(value)}")
    if "\0" in value:
        raise Unfit("takes text without a NUL byte")
    if len(value) > LARGEST // 4 and len(value.encode()) > LARGEST:
        raise Unfit(f"takes at most {LARGEST} bytes")
    return value


def _as_lua_writes(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.14g}"


def _integer(value: LuaValue) -> int:
    if isinstance(value, str) and len(value) <= 20 and value.isascii() and value.removeprefix("-").isdigit():
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int):
        raise Unfit(f"takes an integer, got {kind_of(value)}")
    if not -(2**63) <= value < 2**63:
        raise Unfit("takes an integer of 64 bits")
    return int(value)


def _real(value: LuaValue) -> float:
    if isinstance(value, str) and len(value) <= 40 and value.isascii() and "_" not in value:
        try:
            value = float(value)
        except ValueError:
            raise Unfit("takes a number, got a string") from None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Unfit(f"takes a number, got {kind_of(value)}")
    try:
        number = float(value)
    except OverflowError:
        raise Unfit("takes a finite number") from None
    if not isfinite(number):
        raise Unfit("takes a finite number")
    return number + 0.0  # some engines keep no negative zero


def _boolean(value: LuaValue) -> int:
    if isinstance(value, bool) or (isinstance(value, int | float) and value in (0, 1)):
        return int(value)
    raise Unfit(f"takes true or false, got {kind_of(value)}")


def _timestamp(value: LuaValue) -> str:
    text = _text(value)
    try:
        if len(text) > _TIME:
            raise ValueError
        datetime.fromisoformat(text)
    except ValueError:
        raise Unfit("takes a date and time such as db.timestamp() gives") from None
    return text


def _json(value: LuaValue) -> str:
    """What goes in comes out: a table as a table, and JSON that the plugin encoded itself as the text that it was.

    Such a text is marked by a space before it, which JSON allows.
    """
    if isinstance(value, str) and value[:1] in ("{", "[") and _is_json(_text(value)):
        return f" {value}"
    try:
        return _text(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")))
    except (TypeError, ValueError, RecursionError):
        raise Unfit("takes what can be written as JSON: text in UTF-8, finite numbers, no endless nesting") from None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _blob(value: LuaValue) -> bytes:
    if not isinstance(value, str | bytes):
        raise Unfit(f"takes a string, got {kind_of(value)}")
    data = value.encode() if isinstance(value, str) else value
    if len(data) > LARGEST:
        raise Unfit(f"takes at most {LARGEST} bytes")
    return data


def _from_json(value: Value) -> LuaValue:
    text = str(value)
    return text[1:] if text.startswith(" ") else json.loads(text)


ENCODE: Mapping[str, Encode] = {
    "text": _text, "integer": _integer, "real": _real, "boolean": _boolean,
    "timestamp": _timestamp, "json": _json, "blob": _blob,
}  # fmt: skip
SOUGHT: Mapping[str, Encode] = {**ENCODE, "timestamp": _text}
"""The same for a value to compare with."""


def _whole(value: Value) -> int:
    number = int(value)  # type: ignore[arg-type]  # of a number: some engines sum integers to decimals
    if not -(2**63) <= number < 2**63:
        raise LuaRefused(OVERFLOW)
    return number


DECODE: Mapping[str, Decode] = {"boolean": bool, "json": _from_json, "real": float, "blob": bytes, "integer": _whole}  # type: ignore[dict-item]  # what the column holds is known
"""By type; the others come as they are."""
TEXTS = ("text", "timestamp")
UNORDERED = ("json", "blob")
"""Whose order means nothing."""
