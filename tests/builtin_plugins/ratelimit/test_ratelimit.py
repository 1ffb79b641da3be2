"""So many tries a minute, by address."""

from __future__ import annotations

import pytest

from newel import TooMany
from newel.context import ANONYMOUS
from newel.contracts.limits import RateLimit
from newel.testing import FakeClock, make_app


async def test_a_group_runs_out_and_refills(clock: FakeClock) -> None:
    async with make_app(["ratelimit"], {"ratelimit": {"login_per_minute": 3}}, clock=clock) as app:
        limit = app.need(RateLimit)

        async def take(ip: str, group: str = "login") -> None:
            await limit.take(app.call(ANONYMOUS, "test", ip=ip), group)

        for _ in range(3):
            await take("2001:db8::1")
        with pytest.raises(TooMany) as caught:
            await take("2001:db8::ffff")
        assert caught.value.retry_after == 20
        await take("2001:db8:0:1::1")
        await take("10.0.0.1")
        for _ in range(9):
            await take("10.0.0.2", "other")
        await clock.advance(20)
        await take("2001:db8::1")
        with pytest.raises(TooMany):
            await take("2001:db8::1")
