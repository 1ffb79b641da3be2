"""Rows as lines of JSON, the same from every engine.

A row is an array of values: ``null``, whole numbers, other numbers, text; ``{"b": "<base64>"}`` is bytes,
``{"f": "inf"}`` a number that JSON has no word for. A number without a fraction is whole, whatever the column's kind.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from newel.contracts.database import Value
from newel_backup.repo.faults import Damaged

_SAME = frozenset((str, int, type(None)))
_WHOLE = 2.0**53


def lines(rows: Iterable[Sequence[Value]], key: Sequence[int]) -> Iterator[tuple[bytes, bytes]]:
    """Key and line of each row. ``key``: the places of the key's columns."""
    only = key[0] if len(key) == 1 else None
    for row in rows:
        values = row if _SAME.issuperset(map(type, row)) else [_plain(value) for value in row]
        try:
            line = orjson.dumps(values, None, orjson.OPT_APPEND_NEWLINE)
        except TypeError:
            line = dumped(values) + b"\n"
        if only is not None:
            part = values[only]
            name = part.encode("utf-8", "surrogatepass") if type(part) is str else repr(part).encode()
        else:
            name = dumped([values[place] for place in key])
        yield name, line


def dumped(values: Sequence[Any]) -> bytes:
    """A row of plain values."""
    try:
        return orjson.dumps(values)
    except TypeError:  # halves of characters, or a number beyond 64 bits
        return json.dumps(list(values), separators=(",", ":"), ensure_ascii=True).encode()


def _plain(value: Value) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return {"b": base64.b64encode(value).decode()}
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            return {"f": repr(value)}
        if value.is_integer() and abs(value) < _WHOLE:
            return int(value)
    return value


def row(line: bytes, width: int) -> list[Value]:
    """The values of a line. Raises ``Damaged`` where it is no row of that many."""
    found = values(line)
    if len(found) != width:
        raise Damaged("a row of the snapshot has another number of values than its table has columns")
    return found


def values(line: bytes) -> list[Value]:
    """The values of a line, however many. Raises ``Damaged`` where it is no row."""
    try:
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError:
            found = json.loads(line)
        if type(found) is not list:
            raise ValueError("no array")
        return [_value(one) if type(one) is dict else one for one in found]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Damaged(f"a row of the snapshot cannot be read: {error}") from None


def _value(found: dict[str, Any]) -> Value:
    if "b" in found:
        return base64.b64decode(found["b"], validate=True)
    return float(found["f"])
