"""So many calls in so much time, by who calls and by nothing that they say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from newel import ANONYMOUS, SYSTEM, Actor, TooMany, Unauthenticated
from newel.app import App
from newel.contracts.limits import RateLimit
from newel.errors import BootError
from newel.testing import FakeClock, actor, make_app
from newel.testing.app import build_app

Take = Callable[..., Awaitable[int]]


@pytest.fixture
async def app(clock: FakeClock) -> AsyncIterator[App]:
    groups = {"three": "3/minute", "bursty": "60/hour burst 2", "free": "off"}
    async with make_app(["ratelimit"], {"ratelimit": {"groups": groups, "max_callers": 100}}, clock=clock) as made:
        yield made


@pytest.fixture
def take(app: App) -> Take:
    async def taken(times: int, ip: str | None = "192.0.2.1", group: str = "three", who: Actor = ANONYMOUS) -> int:
        """How many of so many calls were let through."""
        let = 0
        for _ in range(times):
            try:
                await app.need(RateLimit).take(app.call(who, "test", ip=ip), group)
                let += 1
            except TooMany:
                pass
        return let

    return taken


async def test_a_bucket_runs_out_and_refills_evenly(app: App, take: Take, clock: FakeClock) -> None:
    assert await take(5) == 3
    await clock.advance(19.9)
    assert await take(5) == 0
    await clock.advance(0.1)
    assert await take(5) == 1
    await clock.advance(40)
    assert await take(5) == 2
    await clock.advance(86_400)
    assert await take(5) == 3, "it does not overflow"


async def test_it_says_when_to_come_again(app: App, take: Take, clock: FakeClock) -> None:
    await take(3)
    await clock.advance(5)
    with pytest.raises(TooMany) as caught:
        await app.need(RateLimit).take(app.call(ANONYMOUS, "test", ip="192.0.2.1"), "three")
    assert caught.value.retry_after == pytest.approx(15)
    await clock.advance(caught.value.retry_after)
    assert await take(1) == 1


async def test_a_burst_is_less_than_the_rate(take: Take, clock: FakeClock) -> None:
    assert await take(5, group="bursty") == 2
    await clock.advance(60)
    assert await take(5, group="bursty") == 1


async def test_groups_count_apart_and_one_without_a_rate_is_free(take: Take) -> None:
    assert await take(5) == 3
    assert await take(5, group="bursty") == 2
    assert await take(50, group="free") == 50
    assert await take(50, group="unheard_of") == 50


async def test_naming_one_group_leaves_the_limit_of_login(take: Take) -> None:
    assert await take(50, group="login") == 10


@pytest.mark.parametrize(
    ("first", "same"),
    [
        ("192.0.2.1", "::ffff:192.0.2.1"),
        ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff"),
        ("2001:db8::1", "2001:DB8:0:0::2"),
        ("fe80::1%eth0", "fe80::1%eth1"),
    ],
)
async def test_what_counts_as_one_stranger(take: Take, first: str, same: str) -> None:
    assert await take(3, first) == 3
    assert await take(1, same) == 0


async def test_what_counts_as_another(take: Take) -> None:
    for ip in ("192.0.2.1", "192.0.2.2", "2001:db8:0:1::1", "2001:db8:0:2::1", "no address", None):
        assert await take(5, ip) == 3


async def test_an_actor_is_one_wherever_they_are(take: Take) -> None:
    ann, bob = actor("ann"), actor("bob")
    assert await take(2, "192.0.2.1", who=ann) == 2
    assert await take(5, "198.51.100.1", who=evolve(ann, kind="token", credential="other")) == 1
    assert await take(5, "192.0.2.1", who=bob) == 3
    assert await take(5, "192.0.2.1") == 3


async def test_commands_on_the_server_have_no_limit(take: Take) -> None:
    assert await take(50, None, who=SYSTEM) == 50


async def test_memory_is_bounded(app: App, take: Take) -> None:
    for number in range(500):
        await take(1, f"10.0.{number // 250}.{number % 250}")
    limiter: Any = app.need(RateLimit)
    assert len(limiter._full_at) == 100
    assert await take(5, "10.0.1.249") == 2, "the latest are remembered"


@pytest.mark.parametrize("text", ["", "10", "0/minute", "-1/minute", "10/fortnight", "10/minute burst 0", "1e3/hour"])
def test_a_rate_that_is_none_stops_the_boot(tmp_path: Path, text: str) -> None:
    with pytest.raises(BootError, match=r"groups.*|login"):
        build_app(["ratelimit"], {"ratelimit": {"groups": {"login": text}}}, folder=tmp_path)


async def test_nothing_in_the_input_resets_it(clock: FakeClock) -> None:
    """Other addresses, other cases, other accounts: the caller is the same."""
    plugins = ["database", "migrations", "ratelimit", "accounts"]
    async with make_app(plugins, clock=clock) as app:

        async def login(number: int) -> type[BaseException]:
            call = app.call(ANONYMOUS, "test", ip=f"2001:db8::{number:x}")
            order = {"email": f"user{number}@example.org", "password": "wrong" * number}
            with pytest.raises((Unauthenticated, TooMany)) as caught:
                await app.operations.run("auth.login", order, call)
            return caught.type

        assert [await login(number) for number in range(1, 13)] == [Unauthenticated] * 10 + [TooMany] * 2
