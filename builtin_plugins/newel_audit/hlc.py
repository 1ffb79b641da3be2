"""A hybrid logical clock: the wall clock where it goes forward, a counter where it does not.

A stamp is ``2030-01-01T00:00:00.000Z-0003-k3v9q2ma.f7x2``: milliseconds, counter (hexadecimal), node. Stamps of one
process grow strictly, whatever its clock does, and are greater than every stamp that it has read before. As text they
sort by time, counter and node.
"""

from __future__ import annotations

import hashlib
import secrets
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from attrs import frozen

from newel.contracts.clock import Clock
from newel.ids import ALPHABET, encode, is_id
from newel.structure import rfc3339

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
MOST = 0xFFFF


@frozen
class Stamp:
    """A moment of the hybrid clock."""

    milliseconds: int
    counter: int
    node: str
    moment: str
    """The milliseconds as RFC 3339."""

    @property
    def day(self) -> str:
        """The UTC day, ``2030-01-01``."""
        return self.moment[:10]

    @property
    def text(self) -> str:
        return f"{self.moment}-{self.counter:04x}-{self.node}"

    def new_id(self) -> str:
        """A ULID in the order of the stamps: time, counter, 64 random bits."""
        return encode(self.milliseconds, self.counter << 64 | secrets.randbits(64))


def milliseconds_of(moment: datetime) -> int:
    return (moment - EPOCH) // MILLISECOND


def beginning(day: str) -> int:
    """The first millisecond of a day; 0 for what is no day."""
    try:
        return milliseconds_of(datetime.fromisoformat(f"{day}T00:00:00+00:00"))
    except ValueError:
        return 0


def time_of_stamp(stamp: str) -> tuple[int, int] | None:
    """Milliseconds and counter of a stamp; ``None`` for what is none."""
    try:
        return milliseconds_of(datetime.fromisoformat(stamp[:24])), int(stamp[25:29], 16)
    except (ValueError, TypeError):
        return None


def time_of_id(id: str | None) -> int:
    """The milliseconds of a ULID; 0 for what is none."""
    if id is None or not is_id(id):
        return 0
    value = 0
    for letter in id[:10]:
        value = value << 5 | ALPHABET.index(letter)
    return value


class HybridClock:
    """One process's clock."""

    def __init__(self, clock: Clock, node: str) -> None:
        self._clock = clock
        self.node = node
        self._last = (0, 0)
        self._moment = (-1, "")

    def tick(self) -> Stamp:
        """The next stamp, for one row."""
        self._last = self._next()
        return self._stamp(self._last)

    def _stamp(self, time: tuple[int, int]) -> Stamp:
        if self._moment[0] != time[0]:
            self._moment = (time[0], rfc3339(EPOCH + time[0] * MILLISECOND))
        return Stamp(*time, self.node, self._moment[1])

    def _next(self) -> tuple[int, int]:
        now, (last, counter) = milliseconds_of(self._clock.now()), self._last
        if now > last:
            return now, 0
        return (last, counter + 1) if counter < MOST else (last + 1, 0)

    def day(self) -> str:
        """The day that the next stamp belongs to."""
        return self._stamp(self._next()).day

    def merge(self, stamp: str) -> None:
        """Takes note of a stamp that was read: later ones are greater. What is no stamp is left out."""
        read = time_of_stamp(stamp)
        if read is not None:
            self.reach(*read)

    def reach(self, milliseconds: int, counter: int = 0) -> None:
        self._last = max(self._last, (milliseconds, counter))


def node_of(folder: Path) -> str:
    """Eight letters of the installation (host name and site folder), a point, four of this process.

    The first part stays the same from start to start; the second tells processes of one installation apart, so that no
    two stamps are alike.
    """
    digest = hashlib.sha256(f"{socket.gethostname()}\n{folder.absolute()}".encode()).digest()
    here = "".join(ALPHABET[byte & 31] for byte in digest[:8])
    return f"{here}.{''.join(secrets.choice(ALPHABET) for _ in range(4))}".lower()
