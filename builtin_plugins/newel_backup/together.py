"""Work side by side whose first failure is everybody's, told as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """Returns when all have ended. Raises what the first of them raised, when the others have been stopped: unlike a
    ``TaskGroup``, whose groups of errors no door translates."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
