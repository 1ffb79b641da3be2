"""How the benchmarks time: the best of several rounds, in microseconds per call; or single acts, one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from math import ceil
from statistics import median
from time import perf_counter

ENOUGH = 100
"""Samples from which one in a hundred can be told; of fewer the slowest is told."""


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


def spread(label: str, seconds: Sequence[float]) -> None:
    """Times of single acts: the median, and the 99th percentile, which was measured and not drawn out of fewer."""
    print(f"  {label:<58} {spread_of(seconds)}   ({len(seconds)} samples)")


def spread_of(seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    told = f"p50 {median(ordered) * 1e3:7.2f} ms"
    if len(ordered) >= ENOUGH:
        told += f"   p99 {ordered[ceil(len(ordered) * 0.99) - 1] * 1e3:7.2f} ms"
    return f"{told}   most {ordered[-1] * 1e3:7.2f} ms"
