"""How often something may happen, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address, ip_network

from newel.contracts.clock import Clock

SLACK = 1e-9
"""Sums of floats are not exact."""


class Limit:
    """``count`` in ``seconds`` for each key, all at once if need be, refilled evenly.

    Of a key it keeps when it will be full again (the "theoretical arrival time" of the GCRA, ITU-T I.371); of ``most``
    keys the one seen longest ago is forgotten first.
    """

    def __init__(self, clock: Clock, count: int, seconds: float, *, most: int = 10_000) -> None:
        self._clock = clock
        self._interval = seconds / count
        self._burst = seconds
        self._most = most
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, key: str) -> float:
        """Takes one; answers 0, or the seconds to wait where none is left (and then takes nothing)."""
        now = self._clock.monotonic()
        full_at = max(now, self._full_at.get(key, now))
        wait = full_at + self._interval - now - self._burst
        if wait > SLACK:
            return wait
        self._full_at[key] = full_at + self._interval
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)
        return 0.0


def address_key(ip: str | None) -> str:
    """Whose an address is: of IPv6 a whole /64, which is what one customer gets."""
    try:
        address = ip_address((ip or "").partition("%")[0])
    except ValueError:
        return (ip or "")[:64]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(ip_network((address, 64), strict=False))
        return str(address.ipv4_mapped)
    return str(address)
