"""Where siblings stand: fractional keys in lower-case base 36 that sort by their bytes.

The algorithm is that of the ``fractional-indexing`` package. Its keys before the first would begin with a capital
letter; ours never do: a new entry stands at a key made of the time (``a0`` and a ULID), so at the end, and whoever
moves before the first gets a key between ``a0`` and that. A key made of the time needs no look at the siblings, so
hundreds of writers append without meeting each other.
"""

from __future__ import annotations

from fractional_indexing import generate_key_between

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
FIRST = "a0"
"""Below every key."""
MAX_LENGTH = 120
"""A longer key asks for spreading the siblings anew. Squeezing between the same two adds a letter every few moves."""


def at_end(ulid: str) -> str:
    """The key of a fresh ULID: behind all that were made before."""
    return f"{FIRST}{ulid.lower()}i"  # a key must not end with a zero


def between(before: str | None, after: str | None) -> str:
    """A key behind ``before`` and ahead of ``after``; ``None`` is the beginning, or the end."""
    return str(generate_key_between(before or FIRST, after, DIGITS))
