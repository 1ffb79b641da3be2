"""Connections are lent in the order they are asked for, and none is ever lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from attrs import define

from newel.contracts.database import Away
from newel.errors import Transient
from newel.sql.link import Link
from newel.sql.pool import PAUSE, SPARE, Pool

SECONDS = 10


@define(eq=False)
class Wire:
    """A connection as far as a pool sees it."""

    broken: bool = False
    silent: bool = False
    closed: bool = False

    async def ping(self) -> None:
        if self.silent:
            raise Away("nobody answers")

    async def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.broken = True


@define
class Server:
    made: list[Wire]
    away: bool = False
    tried: int = 0

    async def open(self) -> Link:
        self.tried += 1
        await asyncio.sleep(0)
        if self.away:
            raise Away("cannot be reached")
        self.made.append(Wire())
        return cast(Link, self.made[-1])


def pool(server: Server, **given: Any) -> Pool[Link]:
    return Pool(server.open, **{"size": 2, "wait": 5.0} | given)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with asyncio.timeout(SECONDS):
        yield Server([])


async def test_they_are_served_in_the_order_they_came(server: Server) -> None:
    lent = pool(server)
    order: list[int] = []

    async def use(n: int) -> None:
        async with lent.lent():
            order.append(n)
            await asyncio.sleep(0)

    await asyncio.gather(*(use(n) for n in range(50)))
    assert order == list(range(50))
    assert len(server.made) == 2


async def test_who_comes_while_others_wait_does_not_push_in(server: Server) -> None:
    lent = pool(server, size=1)
    order: list[str] = []

    async def use(name: str) -> None:
        async with lent.lent():
            order.append(name)

    link = await lent.take()
    waiting = asyncio.create_task(use("first"))
    await asyncio.sleep(0)
    lent.give(link)  # free for an instant; but it is the first one's
    await use("second")
    await waiting
    assert order == ["first", "second"]


async def test_one_that_is_cancelled_as_its_turn_comes_hands_it_on(server: Server) -> None:
    lent = pool(server, size=1)
    link = await lent.take()
    first, second = (asyncio.create_task(lent.take()) for _ in range(2))
    await asyncio.sleep(0)
    lent.give(link)
    first.cancel()  # its turn has been given to it, and it does not know yet
    assert await second is link
    assert first.cancelled()
    lent.give(link)
    assert await lent.take() is link


async def test_one_that_is_cancelled_while_it_connects_leaves_room(server: Server) -> None:
    lent = pool(server, size=1)
    task = asyncio.create_task(lent.take())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with lent.lent():
        pass


async def test_waiting_ends_in_time_and_says_so(server: Server) -> None:
    lent = pool(server, size=1, wait=0.02)
    link = await lent.take()

    async def other() -> None:
        async with lent.lent():
            pass

    with pytest.raises(Transient) as caught:
        await asyncio.create_task(other())
    assert (caught.value.reason, lent.waiting) == ("database_busy", 0)
    lent.give(link)
    await other()


async def test_who_holds_one_may_have_a_second_though_all_are_lent(server: Server) -> None:
    lent = pool(server, size=SPARE)
    together = asyncio.Barrier(SPARE)

    async def nested() -> None:
        async with lent.lent():
            await together.wait()
            async with lent.lent():
                await asyncio.sleep(0)

    await asyncio.gather(*(nested() for _ in range(SPARE)))
    assert len(server.made) <= 2 * SPARE


async def test_broken_ones_are_replaced(server: Server) -> None:
    lent = pool(server)
    async with lent.lent(), lent.lent():
        pass
    for wire in server.made:
        wire.broken = True
    async with lent.lent() as link:
        assert link is cast(Link, server.made[2])
    async with lent.lent() as link:
        link.abort()
    assert lent.opened == 0


async def test_one_that_lay_unused_is_tried_first(server: Server) -> None:
    lent = pool(server, check_after=-1)
    async with lent.lent():
        pass
    async with lent.lent():
        pass
    assert len(server.made) == 1
    server.made[0].silent = True
    async with lent.lent():
        pass
    assert len(server.made) == 2
    assert server.made[0].broken


async def test_while_the_server_is_away_not_everybody_tries(server: Server) -> None:
    lent = pool(server)
    server.away = True
    for _ in range(10):
        with pytest.raises(Away):
            await lent.take()
    assert server.tried == 1
    server.away = False
    await asyncio.sleep(PAUSE)
    async with lent.lent():
        pass


async def test_one_tries_whether_it_is_back_and_the_others_do_not_wait_for_that(server: Server) -> None:
    lent = pool(server, size=5)
    server.away = True
    with pytest.raises(Away):
        await lent.take()
    await asyncio.sleep(PAUSE)
    server.away = False
    first = asyncio.create_task(lent.take())
    await asyncio.sleep(0)  # it is connecting now
    with pytest.raises(Away):
        await lent.take()
    lent.give(await first)
    assert server.tried == 2
    async with lent.lent(), lent.lent():
        pass


async def test_closing_waits_for_those_in_use_and_refuses_others(server: Server) -> None:
    lent = pool(server, size=1)
    link = await lent.take()
    waiting = asyncio.create_task(lent.take())
    await asyncio.sleep(0)
    closing = asyncio.create_task(lent.close())
    await asyncio.sleep(0)
    assert not closing.done()
    lent.give(link)
    await closing
    with pytest.raises(RuntimeError, match="closed"):
        await waiting
    with pytest.raises(RuntimeError, match="closed"):
        await lent.take()
    assert server.made[0].broken
