"""Between the driver's values and the contract's: ``None``, ``int``, ``float``, ``str`` and ``bytes``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from newel.contracts.database import Value

# Types of columns by their numbers in the protocol.
_FLOATS, _INTEGERS = (4, 5), (1, 2, 3, 8, 9, 13)
_DECIMALS, _BIT, _TIMES = (0, 246), 16, (7, 10, 11, 12, 14)


def _number(text: str) -> int | float:
    """A decimal: whole ones, such as a sum of integers, as ``int``."""
    return float(text) if "." in text else int(text)


def _bits(value: bytes) -> int:
    return int.from_bytes(value, "big")


DECODERS: Mapping[Any, Any] = {
    **dict.fromkeys(_INTEGERS, int),
    **dict.fromkeys(_FLOATS, float),
    **dict.fromkeys(_DECIMALS, _number),
    _BIT: _bits,
}
"""For the driver: what text and binary results have in common. All else is text or bytes, by the column's charset."""


def repairs(description: Sequence[Sequence[Any]]) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """What is left to do to the columns of a result: times come as objects in the binary protocol."""
    return tuple((place, _as_text) for place, column in enumerate(description) if column[1] in _TIMES)


def _as_text(value: Any) -> str | None:
    return None if value is None else str(value)


def sendable(values: tuple[Value, ...]) -> tuple[Value, ...]:
    """The values. Raises ``TypeError`` for what is none: the driver would send its ``str()``."""
    for value in values:
        if value is not None and not isinstance(value, str | int | float | bytes):
            raise TypeError(f"{type(value).__name__} is no value for a statement")
    return values


def literal(value: Value) -> str:
    """A value as it stands in a statement's text, with ``NO_BACKSLASH_ESCAPES``: only the quote means something."""
    match value:
        case None:
            return "NULL"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case bytes():
            return f"X'{value.hex()}'"
        case bool() | int():
            return str(int(value))
        case float():
            return repr(value)
    raise TypeError(f"{type(value).__name__} is no value for a statement")
