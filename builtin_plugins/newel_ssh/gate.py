"""Who may knock: limits on connections that nobody has signed in on yet."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Protocol

from attrs import define

from newel_ssh.config import SshConfig

BURST = 2.0
"""Seconds' worth of connections that an address may make at once."""
MOST = 4
"""Times as many as are allowed may be there until the next pruning: it takes a moment to say something."""
PRUNE_SECONDS = 0.05
REMEMBERED = 4096
"""Addresses whose pace is kept."""


class Knocking(Protocol):
    """A connection that nobody has signed in on yet."""

    ip: str

    @property
    def stage(self) -> int:
        """How far it has come: 0 has said nothing, 1 has spoken, 2 has exchanged keys."""

    def dropped(self) -> None:
        """It is over, without a word."""


@define
class _Pace:
    left: float
    at: float


class Gate:
    """Lets connections in at a pace, and holds so many that are half open. Of too many those give way that have come
    least far, the oldest first, so that a flood of silent ones shuts nobody out who signs in.

    ``later(seconds, function)`` calls the function then.
    """

    def __init__(
        self, config: SshConfig, monotonic: Callable[[], float], later: Callable[[float, Callable[[], None]], object]
    ) -> None:
        self._config = config
        self._later = later
        self._pruning = False
        self._monotonic = monotonic
        self._waiting: dict[Knocking, str] = {}  # in order of arrival
        self._each: Counter[str] = Counter()
        self._paces: OrderedDict[str, _Pace] = OrderedDict()
        self._shut = False
        self.refused = 0
        """Connections that were turned away or dropped since the start."""

    def __len__(self) -> int:
        return len(self._waiting)

    def admitted(self, one: Knocking) -> bool:
        """Whether it may stay. Others are dropped for it soon, where there are too many."""
        place, full = network_of(one.ip), len(self._waiting) >= self._config.half_open * MOST
        if self._shut or full or not self._within_pace(place) or self._each[place] >= self._config.half_open_each:
            self.refused += 1
            return False
        self._waiting[one] = place
        self._each[place] += 1
        if len(self._waiting) > self._config.half_open and not self._pruning:
            self._pruning = True
            self._later(PRUNE_SECONDS, self._prune)
        return True

    def _prune(self) -> None:
        self._pruning = False
        many = len(self._waiting) - self._config.half_open
        if many > 0:
            for one in sorted(self._waiting, key=lambda one: one.stage)[:many]:  # which keeps the order of arrival
                self.left(one)
                self.refused += 1
                one.dropped()

    def shut(self) -> None:
        """Nobody comes in any more."""
        self._shut = True
        for one in list(self._waiting):
            self.left(one)
            one.dropped()

    def left(self, one: Knocking) -> None:
        """It has signed in, or has gone."""
        place = self._waiting.pop(one, None)
        if place is not None:
            self._each[place] -= 1
            if not self._each[place]:
                del self._each[place]

    def _within_pace(self, place: str) -> bool:
        now, rate = self._monotonic(), self._config.connects_each
        most = max(rate * BURST, 1.0)
        pace = self._paces.pop(place, None) or _Pace(most, now)
        pace.left = min(most, pace.left + (now - pace.at) * rate)
        pace.at = now
        self._paces[place] = pace
        if len(self._paces) > REMEMBERED:
            self._paces.popitem(last=False)
        if pace.left < 1:
            return False
        pace.left -= 1
        return True


def network_of(ip: str) -> str:
    """The address, or of IPv6 its /64: one machine has all of it."""
    try:
        address = ip_address(ip.partition("%")[0])
    except ValueError:
        return ip
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)
