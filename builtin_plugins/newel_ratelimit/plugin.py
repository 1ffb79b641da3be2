"""Buckets that refill evenly."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from newel import Call, TooMany
from newel.contracts.limits import RateLimit
from newel_ratelimit.config import RateLimitConfig

if TYPE_CHECKING:
    from newel.app import App

MOST = 100_000
"""Buckets that are kept; beyond it the one that was used longest ago goes."""


class RateLimitPlugin:
    """Provides ``RateLimit``."""

    def __init__(self, app: App, config: RateLimitConfig) -> None:
        self._app = app
        self._groups = {"login": config.login_per_minute}
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._app.provide(RateLimit, self)
        yield

    async def take(self, call: Call, group: str) -> None:
        size = self._groups.get(group)
        if size is None:
            return
        key = (group, place(call))
        now = self._app.clock.monotonic()
        left, since = self._buckets.get(key, (float(size), now))
        left = min(float(size), left + (now - since) * size / 60)
        if left < 1:
            raise TooMany("too many tries; wait a little", retry_after=(1 - left) * 60 / size)
        self._buckets[key] = (left - 1, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > MOST:
            self._buckets.popitem(last=False)


def place(call: Call) -> str:
    """Where a call comes from: its address (a whole /64 of IPv6 counts as one), or its actor."""
    if call.ip is None:
        return call.actor.id
    try:
        address = ip_address(call.ip)
    except ValueError:
        return call.ip
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address)
