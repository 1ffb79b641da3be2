"""Buckets that refill evenly, as one number a caller.

The number is when the bucket will be full again (the "theoretical arrival time" of the GCRA, ITU-T I.371): in the past
or absent it is full. So what is forgotten of a caller who has been quiet changes nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network

from newel import Call, TooMany
from newel.contracts.clock import Clock
from newel_ratelimit.rate import Rate

SLACK = 1e-9
"""Sums of floats are not exact."""


class Limiter:
    """Keeps the contract ``RateLimit``."""

    def __init__(self, clock: Clock, rates: Mapping[str, Rate], most: int) -> None:
        self._clock = clock
        self._rates = rates
        self._most = most
        self._full_at: OrderedDict[tuple[str, str], float] = OrderedDict()

    async def take(self, call: Call, group: str) -> None:
        """A group without a rate has no limit; nor has whoever may do everything on the server itself."""
        rate = self._rates.get(group)
        if rate is None or call.actor.kind == "system":
            return
        key, now = (group, caller(call)), self._clock.monotonic()
        full_at = max(now, self._full_at.get(key, now))
        wait = full_at + rate.interval - now - rate.interval * rate.burst
        if wait > SLACK:
            raise TooMany("too many calls; wait a little", retry_after=wait)
        self._full_at[key] = full_at + rate.interval
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)


def caller(call: Call) -> str:
    """Who counts as one: an actor, or for strangers an address (a whole /64 of IPv6, which is what one customer gets).

    Nothing of it comes from an input field.
    """
    if call.actor.kind != "anonymous":
        return f"actor {call.actor.id}"
    if call.ip is None:
        return f"door {call.door}"
    try:
        address = ip_address(call.ip.partition("%")[0])
    except ValueError:
        return f"address {call.ip[:64]}"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return f"address {ip_network((address, 64), strict=False)}"
        address = address.ipv4_mapped
    return f"address {address}"
