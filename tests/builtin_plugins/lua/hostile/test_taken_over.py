"""A worker whose machine was broken out of: it says whatever it likes on its pipe, and gains nothing."""

from __future__ import annotations

import asyncio
import resource
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import psutil
import pytest
from tests.builtin_plugins.lua.host.conftest import MB
from tests.builtin_plugins.lua.hostile import taken_over
from tests.builtin_plugins.lua.hostile.conftest import Ring
from tests.support import environment

from newel_lua.faults import CallFailed, Exceeded, TimedOut
from newel_lua.host import process

pytestmark = pytest.mark.engines()

Rings = Callable[..., Awaitable[Ring]]
LATE = ("silence", "a length and silence", "a flood of words")


@pytest.fixture(autouse=True)
def _taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    async def spawn() -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, taken_over.__file__, env=environment(), limit=1 << 20, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

    monkeypatch.setattr(process, "_spawn", spawn)


async def outcome(ring: Ring, instance: Any, target: str) -> Any:
    seconds = 0.1 if target in LATE else 20.0
    try:
        return await ring.call(instance, target, seconds=seconds)
    except CallFailed as error:
        return error


async def test_lies_end_the_process_and_nothing_else(ring: Rings) -> None:
    """A typed error for whoever called, and the next call is answered by another process."""
    begun = await ring()
    plugin = await begun.load("", "x")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for lie in taken_over.LIES:
        [pid] = begun.host.pids
        ended = await outcome(begun, plugin, lie)
        if lie == "two answers":  # whoever comes next may have to pay for the other one
            assert ended == 1
            await outcome(begun, plugin, "fine")
        else:
            assert isinstance(ended, Exceeded | TimedOut), lie
        assert await begun.call(plugin, "fine") == "fine", lie
        assert pid not in begun.host.pids, lie
        assert not psutil.pid_exists(pid), lie
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * MB // 1024


async def test_tales_are_answered_and_gain_nothing(ring: Rings) -> None:
    begun = await ring()
    plugin = await begun.load("", "x")
    pids = begun.host.pids
    ended = {tale: await outcome(begun, plugin, tale) for tale in taken_over.TALES}
    for tale in ("a function that is not there", "a private function", "an attribute"):
        assert ended.pop(tale)[0].startswith("there is no function"), tale
    assert ended.pop("arguments of any kind") is True
    assert ended.pop("notes that act") == "noted"
    assert ended.pop("more than was asked for") == "x"
    assert all(isinstance(one, CallFailed) for one in ended.values())
    assert begun.desk.said == []
    assert begun.log.lines == 2
    assert begun.host.pids == pids
    assert await begun.call(plugin, "fine") == "fine"
