"""The one place that runs a transaction again when the engine undid it for the sake of another."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from newel.contracts.database import Contention, Database, Transaction

T = TypeVar("T")
ATTEMPTS = 5
PAUSE = 0.01
"""Seconds before the second attempt at most; doubles with each."""


async def transact(database: Database, body: Callable[[Transaction], Awaitable[T]]) -> T:
    """Runs ``body`` in a transaction, up to five times. It must do nothing that a rollback does not undo.

    Raises what ``body`` and the commit raise; ``Contention`` where the last attempt met it as well.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            async with database.transaction() as tx:
                return await body(tx)
        except Contention:
            if attempt == ATTEMPTS:
                raise
        # Real time, not the clock's: it is rivals in the engine that are waited for.
        await asyncio.sleep(random.uniform(0, PAUSE * 2**attempt))  # noqa: S311 - spreads rivals; no secret
    raise AssertionError("unreachable")
