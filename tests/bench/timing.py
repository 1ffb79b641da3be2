"""How the benchmarks time: the best of several rounds, in microseconds per call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter


def best(function: Callable[[], object], calls: int = 1000, rounds: int = 7) -> float:
    """Microseconds per call of a plain function."""
    times = []
    for _ in range(rounds):
        begun = perf_counter()
        for _ in range(calls):
            function()
        times.append(perf_counter() - begun)
    return min(times) / calls * 1e6


async def best_async(function: Callable[[], Awaitable[object]], calls: int = 1000, rounds: int = 7) -> float:
    """Microseconds per call of a coroutine function, awaited one after another."""
    times = []
    for _ in range(rounds):
        begun = perf_counter()
        for _ in range(calls):
            await function()
        times.append(perf_counter() - begun)
        await asyncio.sleep(0)
    return min(times) / calls * 1e6


def row(label: str, figure: float, unit: str = "µs", target: str = "") -> None:
    print(f"  {label:<58} {figure:>10.2f} {unit}{'   target ' + target if target else ''}")
