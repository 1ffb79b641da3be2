"""Work that a cancelled task finishes all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any, TypeVar

from newel.sql.link import Link

T = TypeVar("T")
SECONDS = 10.0
"""How long a server may take to stop a cancelled statement or to roll back, before its connection is cut."""


async def surely(work: Coroutine[Any, Any, T]) -> T:
    """Runs the work to its end, whoever cancels the task; a cancellation meanwhile is raised after it."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    cancelled = False
    while not task.done():
        # A future of ours, since the task that is cancelled cancels what it waits for.
        waiter = loop.create_future()
        task.add_done_callback(partial(_wake, waiter))
        try:
            await waiter
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError from (None if task.cancelled() else task.exception())
    return task.result()


def _wake(waiter: asyncio.Future[None], _: object) -> None:
    if not waiter.done():
        waiter.set_result(None)


async def settled(link: Link) -> None:
    """After a cancelled call: the link is free again, or broken."""
    await surely(_settled(link))


async def undone(link: Link) -> None:
    """After a cancelled call that may have begun a transaction: none is open, or the link is broken."""
    await surely(_undone(link))


async def _settled(link: Link) -> None:
    try:
        async with asyncio.timeout(SECONDS):
            await link.settle()
    except Exception:
        link.abort()


async def _undone(link: Link) -> None:
    await _settled(link)
    await rolled_back(link)


async def rolled_back(link: Link) -> None:
    """Rolls back, or cuts the connection, which makes the server do it."""
    if link.broken:
        return
    try:
        async with asyncio.timeout(SECONDS):
            await link.roll_back()
    except Exception:
        link.abort()
