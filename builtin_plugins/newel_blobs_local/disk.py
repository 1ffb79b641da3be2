"""Blocking work, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from newel_blobs_local.faults import translated

T = TypeVar("T")
P = ParamSpec("P")


class Disk:
    """Runs functions on threads of its own, and translates what the system says."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="newel-blobs")

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A cancellation is raised when the function has ended: nothing goes on behind one's back."""

        def work() -> T:
            try:
                return function(*args, **kwargs)
            except OSError as error:
                raise translated(error) from error

        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        cancelled: asyncio.CancelledError | None = None
        while not future.done():
            try:
                await asyncio.wait([future])
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            future.exception()  # is seen, so that nobody misses it
            raise cancelled
        return future.result()

    def close(self) -> None:
        self._pool.shutdown(wait=False)
