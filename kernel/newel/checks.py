"""Asks a check of health, which may break, hang or refuse: there is an answer in any case."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TypeVar

from newel.contracts.site import Finding, HealthCheck, Metric, State
from newel.errors import BootError, NewelError

T = TypeVar("T", HealthCheck, Metric)
WORST: tuple[State, ...] = ("failing", "warning", "ok")


def by_name(found: Iterable[tuple[str, T]], what: str) -> list[tuple[str, T]]:
    """Checks or figures (``what``) with their plugins, sorted by name. Raises ``BootError`` for two of one name."""
    known: dict[str, tuple[str, T]] = {}
    for owner, one in found:
        if one.name in known:
            raise BootError(f"{known[one.name][0]} and {owner} both bring a {what} '{one.name}'")
        known[one.name] = (owner, one)
    return sorted(known.values(), key=lambda pair: pair[1].name)


def worst(states: Iterable[State]) -> State:
    """``ok`` where there are none."""
    return min(states, key=WORST.index, default=WORST[-1])


async def finding_of(check: HealthCheck, broken: Callable[[Exception], None]) -> Finding:
    """What the check finds, within its time. ``broken`` is told what it raises that is no word for people."""
    try:
        async with asyncio.timeout(check.seconds):
            return await check.look()
    except TimeoutError:
        return Finding(
            state="failing", detail=f"no answer in {check.seconds:g} s", remedy="See the log of this moment."
        )
    except NewelError as error:
        return Finding(state="failing", detail=error.detail, remedy="See the log of this moment.")
    except Exception as error:
        broken(error)
        return Finding(
            state="failing", detail=f"the check itself failed: {type(error).__name__}", remedy="See the log."
        )
