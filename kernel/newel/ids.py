"""ULIDs: 26 characters, sortable by time, unique without asking anybody (https://github.com/ulid/spec)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 26
_RANDOM_BITS = 80
_PAIRS = tuple(high + low for high in ALPHABET for low in ALPHABET)
"""Two letters at a time: every request makes an id."""


def encode(milliseconds: int, random: int) -> str:
    """The ULID text of a time (ms since 1970, 48 bits) and 80 random bits."""
    value = milliseconds << _RANDOM_BITS | random
    return "".join([_PAIRS[value >> shift & 1023] for shift in range(120, -1, -10)])


def is_id(text: str) -> bool:
    """Whether the text has the form of a ULID (upper case, as we write them)."""
    return len(text) == LENGTH and text[0] <= "7" and all(letter in ALPHABET for letter in text)


class Ids:
    """Makes ULIDs that grow strictly within this process, also inside one millisecond and when the clock steps back."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._last = (0, 0)

    def new(self) -> str:
        milliseconds = int(self._now().timestamp() * 1000)
        last_ms, last_random = self._last
        if milliseconds > last_ms:
            self._last = (milliseconds, secrets.randbits(_RANDOM_BITS - 1))
        else:
            self._last = (last_ms, last_random + 1 + secrets.randbits(32))
        return encode(*self._last)
