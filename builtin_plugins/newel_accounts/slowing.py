"""Slows down whoever tries many passwords for one account, from however many addresses.

After ``FREE`` tries without success within ``WINDOW`` seconds an account takes one try a ``SPACING``; further ones wait
for their turn, and are refused when the wait would be longer than ``PATIENCE``. Nobody is locked out: the right
password works, a little later. Addresses that have no account are treated alike, so nobody learns which have one.

It is kept in memory, by process, under a keyed hash of the normalised address.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict

from attrs import define

from newel import TooMany
from newel.contracts.clock import Clock

FREE = 5
WINDOW = 900.0
SPACING = 1.0
PATIENCE = 5.0
MOST = 10_000
"""Addresses that are remembered; beyond it the one that failed longest ago goes."""


@define
class Tries:
    """Tries since the last success. They count when they begin, so that many at once are not one."""

    count: int = 0
    last: float = 0.0
    next: float = 0.0


class Slowing:
    """Counts tries by account."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(16)
        self._known: OrderedDict[bytes, Tries] = OrderedDict()

    async def turn(self, email: str) -> None:
        """Returns when the next try may be made. Raises ``TooMany``."""
        key, now = self._hash(email), self._clock.monotonic()
        tries = self._known.get(key)
        if tries is None or now - tries.last >= WINDOW:
            tries = self._known[key] = Tries()
        wait = 0.0
        if tries.count >= FREE:
            wait = max(0.0, tries.next - now)
            if wait > PATIENCE:
                raise TooMany("too many tries for this account; wait a little", retry_after=wait)
            tries.next = now + wait + SPACING
        tries.count += 1
        tries.last = now
        self._known.move_to_end(key)
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        if wait:
            await self._clock.sleep(wait)

    def succeeded(self, email: str) -> None:
        """Forgets the tries: whoever knows the password was there."""
        self._known.pop(self._hash(email), None)

    def _hash(self, email: str) -> bytes:
        return hashlib.blake2b(email.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).digest()
