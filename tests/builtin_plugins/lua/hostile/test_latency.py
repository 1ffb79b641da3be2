"""Other requests wait as long as before while plugins attack. ``python -m tests.bench lua_hostile`` measures all."""

from __future__ import annotations

import pytest
from tests.bench.lua_hostile import measured
from tests.builtin_plugins.lua.hostile.conftest import ATTACKS

from newel_lua.config import LuaConfig

pytestmark = pytest.mark.engines()

MIX = (
    "loop_pcall", "loop_coroutine_new", "memory_table_pcall", "memory_concat", "stack_c_mixed",
    "pattern_backtrack", "driver_flood", "value_wide", "value_shared", "value_binary",
)  # fmt: skip
FEWEST = 5.0
"""Milliseconds. Where others wait less than that while nothing happens, the scheduler alone makes multiples of it."""


@pytest.mark.slow
async def test_others_wait_no_longer_while_plugins_attack() -> None:
    """The p99 of another route is at most twice that of the quiet stretch before it. Of four rounds, the one that the
    rest of the machine disturbed least counts: an attack that holds up the server does so in each."""
    attacks = [one for one in ATTACKS if one.name in MIX]
    assert len(attacks) == len(MIX)
    rounds = (await measured({"mix": attacks}, rounds=4, seconds=0.4, config=LuaConfig(cpu_seconds=0.2)))["mix"]
    assert min(busy / max(quiet, FEWEST) for quiet, busy in rounds) <= 2, rounds
