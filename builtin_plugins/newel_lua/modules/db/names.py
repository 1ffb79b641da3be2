"""Names of tables and columns: what may be one, and what it is called in the database."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from hashlib import sha256

_TABLE = re.compile(r"[a-z_][a-z0-9_]{0,62}", re.ASCII)
_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}", re.ASCII)
_LONGEST = 60
"""PostgreSQL cuts names after 63 bytes."""


def is_table(name: object) -> bool:
    return isinstance(name, str) and _TABLE.fullmatch(name) is not None


def is_column(name: object) -> bool:
    return isinstance(name, str) and _COLUMN.fullmatch(name) is not None


def prefix(plugin: str) -> str:
    return f"plugin_{plugin}_"


def physical(plugin: str, table: str, taken: Iterable[str]) -> str:
    """What the table is called in the database. ``taken``: by tables of others, whose names may look the same."""
    plain = f"{prefix(plugin)}{table}"
    if len(plain) <= _LONGEST and plain not in taken:
        return plain
    return f"{plain[: _LONGEST - 17]}_{digest(plugin, table)[:16]}"


def digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()


def shown(value: object) -> str:
    """A name from a plugin, fit for a message."""
    text = value if isinstance(value, str) else f"({kind_of(value)})"
    return f"'{text[:64]}'" if text.isprintable() else "(unprintable)"


def kind_of(value: object) -> str:
    """The type of a value, in Lua's words."""
    match value:
        case None:
            return "nil"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str() | bytes():
            return "a string"
    return "a table"


def meant(name: object, known: Iterable[str]) -> str:
    """`` (did you mean 'x'?)``, or nothing."""
    close = get_close_matches(name[:64], list(known), 1) if isinstance(name, str) else []
    return f" (did you mean '{close[0]}'?)" if close else ""
