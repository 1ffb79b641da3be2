"""Every script of the corpus ends as it says, and nobody else notices."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import groupby

import pytest
from tests.builtin_plugins.lua.host.conftest import MB
from tests.builtin_plugins.lua.hostile.conftest import ATTACKS, MEMORY, Attack, Ring

from newel_lua.faults import CallFailed

pytestmark = pytest.mark.engines()

Rings = Callable[..., Awaitable[Ring]]
TAME = {group: list(those) for group, those in groupby(
    (one for one in ATTACKS if not one.kills), key=lambda one: one.name.partition("_")[0]
)}  # fmt: skip
MOST = MEMORY + 120 * MB
"""Bytes of a worker: Python itself, two machines, and messages on their way."""


async def faults(ring: Ring, attack: Attack) -> list[str]:
    """What is wrong with how it ended."""
    deaths = len(ring.deaths)
    ended, attacker = await ring.strike(attack)
    found = [] if ended in attack.ends else [f"ended with {ended}"]
    if attacker is None and attack.at != "load":
        found.append("was not loaded")
    await ring.undisturbed()
    try:
        if attacker is not None and await ring.call(attacker, "hello") != "hello":
            found.append("answers something else")
    except CallFailed as error:
        found.append(f"answers no more: {error}")
    died = ring.deaths[deaths:]
    if died != ([(attacker and attacker.code.name, ended)] if ended in ("processor", "process") else []):
        found.append(f"deaths: {died}")
    if ring.largest() > MOST:
        found.append(f"took {ring.largest() // MB} MB")
    if attacker is not None:
        ring.host.unload(attacker)
    return [f"{attack.name}: {one}" for one in found]


@pytest.mark.parametrize("group", TAME)
async def test_an_attack_ends_as_it_says_and_its_process_goes_on(ring: Rings, group: str) -> None:
    """A typed error, its next call works, the neighbour in the same process was never loaded again."""
    begun = await ring(cpu_seconds=5.0)
    pids = begun.host.pids
    assert [fault for attack in TAME[group] for fault in await faults(begun, attack)] == []
    assert begun.host.pids == pids
    assert begun.neighbour is not None
    assert begun.neighbour.revivals == 0
    assert begun.log.lines <= 110_000


@pytest.mark.slow
@pytest.mark.parametrize("attack", [one for one in ATTACKS if one.kills], ids=lambda one: one.name)
async def test_what_nothing_inside_stops_ends_its_process(ring: Rings, attack: Attack) -> None:
    """The neighbour's call, made meanwhile, is answered by the process that takes its place."""
    begun = await ring(cpu_seconds=0.1)
    struck = asyncio.create_task(faults(begun, attack))
    await asyncio.sleep(0)
    await begun.undisturbed()
    assert await struck == []
