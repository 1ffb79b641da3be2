"""How often something may happen."""

from __future__ import annotations

import pytest

from newel.testing import FakeClock
from newel_lua.limits import Limit, address_key


async def test_so_many_at_once_then_evenly(clock: FakeClock) -> None:
    limit = Limit(clock, 4, 2.0)
    assert [limit.take("a") for _ in range(4)] == [0, 0, 0, 0]
    assert limit.take("a") == pytest.approx(0.5)
    assert limit.take("b") == 0
    await clock.advance(0.5)
    assert limit.take("a") == 0
    assert limit.take("a") > 0
    await clock.advance(3600)
    assert [limit.take("a") > 0 for _ in range(5)] == [False, False, False, False, True]


async def test_memory_is_bounded(clock: FakeClock) -> None:
    limit = Limit(clock, 1, 1.0, most=100)
    for number in range(1000):
        assert limit.take(str(number)) == 0
    assert len(limit._full_at) == 100
    assert limit.take("999") > 0


def test_addresses_of_one_customer_are_one() -> None:
    assert address_key("2001:db8::1") == address_key("2001:db8::ffff:2") != address_key("2001:db8:0:1::1")
    assert address_key("::ffff:192.0.2.1") == address_key("192.0.2.1") != address_key("192.0.2.2")
    assert address_key("fe80::1%eth0") == address_key("fe80::2%eth1")
    assert address_key(None) == address_key("")
