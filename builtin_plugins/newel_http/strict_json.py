"""JSON as it comes from strangers: what two readers could understand differently is refused."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

import orjson

from newel import Malformed

MAX_DEPTH = 64
MAX_NUMBER = 40
"""Characters of a number; a double never needs more than 25."""


def parse(text: bytes) -> Any:
    """The value of a JSON text. Raises ``Malformed`` for anything that is not plain, modest I-JSON (RFC 7493).

    Refused beside broken syntax: duplicate keys, integers beyond 64 bits, numbers beyond a double, NaN and Infinity,
    more than 64 levels, text that is not UTF-8, lone surrogates and NUL.
    """
    try:
        value = _DECODER.decode(text.decode("utf-8"))
        if text.count(b"{") + text.count(b"[") > MAX_DEPTH:
            _check_depth(value)
        if rb"\u" in text:
            _check_escapes(text, value)
    except UnicodeDecodeError:
        raise Malformed("the JSON is not valid UTF-8") from None
    except RecursionError:
        raise _too_deep() from None
    except json.JSONDecodeError as error:
        raise Malformed(f"this is not valid JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    return value


def _too_deep() -> Malformed:
    return Malformed(f"the JSON is nested more than {MAX_DEPTH} levels deep")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # adds
        raise Malformed(f"the JSON has the key '{twice[:100]}' twice in one object")
    return made


def _integer(text: str) -> int:
    if len(text) <= MAX_NUMBER and -(2**63) <= (number := int(text)) < 2**63:
        return number
    raise Malformed("the JSON has an integer beyond 64 bits")


def _number(text: str) -> float:
    if len(text) <= MAX_NUMBER and math.isfinite(number := float(text)):
        return number
    raise Malformed("the JSON has a number beyond what a double can hold")


def _constant(text: str) -> NoReturn:
    raise Malformed(f"the JSON has {text}, which JSON does not know")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_number, parse_constant=_constant
)


def _check_depth(value: Any) -> None:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH + 1:
            raise _too_deep()
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]


def _check_escapes(text: bytes, value: Any) -> None:
    """Only escapes can smuggle in what UTF-8 itself forbids; orjson is as strict about them as we want."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Malformed("the JSON has half of a surrogate pair") from None
    level = [value]
    while level:
        if any(isinstance(one, str) and "\0" in one for one in level):
            raise Malformed("the JSON has a NUL character")
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in ((*outer, *outer.values()) if isinstance(outer, dict) else outer)
        ]
