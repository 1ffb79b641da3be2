"""A plugin that keeps its process busy, and those who sit in it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from tests.builtin_plugins.lua.hostile.conftest import Ring

from newel_lua.faults import Away, CallFailed, Exceeded, TimedOut

pytestmark = pytest.mark.engines()

Rings = Callable[..., Awaitable[Ring]]
HOG = """
function hog() while true do end end
function backtrack() return (("a"):rep(300)):find((".-"):rep(20) .. "b") end
"""


async def test_who_makes_many_calls_makes_its_own_wait(ring: Rings) -> None:
    begun = await ring(calls=30)
    hog = await begun.load(HOG, "hog")
    hogs = [asyncio.create_task(begun.call(hog, "hog")) for _ in range(20)]
    await asyncio.sleep(0)
    for _ in range(3):
        await begun.undisturbed()
    assert sum(one.done() for one in hogs) < 10
    ended = await asyncio.gather(*hogs, return_exceptions=True)
    assert all(isinstance(one, Exceeded) and one.what == "instructions" for one in ended)


async def test_a_call_that_nobody_waits_for_does_not_begin(ring: Rings) -> None:
    begun = await ring(calls=30)
    both = await begun.load(HOG + "function mark() desk.say('begun') end", "both")
    first = asyncio.create_task(begun.call(both, "hog"))
    await asyncio.sleep(0)
    second = asyncio.create_task(begun.call(both, "mark"))
    await asyncio.sleep(0)
    second.cancel()
    with suppress(CallFailed):
        await first
    assert await begun.call(both, "nobody") is None
    assert begun.desk.said == []


async def test_who_is_held_up_by_another_plugin_is_not_to_blame(ring: Rings) -> None:
    begun = await ring(cpu_seconds=5.0)
    assert begun.neighbour is not None
    hog = await begun.load(HOG, "hog")
    stuck = asyncio.create_task(begun.call(hog, "backtrack", seconds=0.3))
    await asyncio.sleep(0)
    with pytest.raises(Away, match="another plugin"):
        await begun.call(begun.neighbour, "fine", 1, seconds=0.1)
    with pytest.raises(TimedOut):
        await stuck
    await begun.undisturbed()
