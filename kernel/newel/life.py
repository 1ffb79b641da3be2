"""One stretch of a plugin's life: a context that is entered and left by one task.

Task groups and timeouts inside it belong to the task that entered them, and a plugin that is switched on while the site
runs is stopped by another caller than the one who started it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from contextvars import Context

from newel.failures import BROKEN

STOP_SECONDS = 30.0


class Life:
    """The context ``part`` (``running``, ``serving``, ``listening``) of the plugin ``name``."""

    def __init__(
        self, name: str, part: str, context: AbstractAsyncContextManager[None], died: Callable[[Exception], None]
    ) -> None:
        self.name = name
        self.part = part
        self._context = context
        self._died = died
        self._end = asyncio.Event()
        self._task: asyncio.Task[None]

    async def begin(self, seconds: float | None, around: Context | None = None) -> None:
        """Enters it. Raises what the plugin raises, ``TimeoutError`` after so many seconds."""
        up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._live(seconds, up), name=f"newel-{self.part}-{self.name}", context=around)
        try:
            await up
        except BaseException:  # its start failed, or whoever starts it is being cancelled
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            raise

    async def end(self) -> None:
        """Leaves it. Raises what the plugin raises; nothing where it died before, which was told already."""
        if not self._task.done():
            self._end.set()
            await self._task

    async def _live(self, seconds: float | None, up: asyncio.Future[None]) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._context.__aenter__()
        except BROKEN as error:
            if not up.done():
                up.set_exception(error)
            return
        if not up.done():
            up.set_result(None)
        try:
            await self._end.wait()
        except asyncio.CancelledError as error:  # a task group inside has lost a child, or the process is ending
            await self._killed(error)
            return
        async with asyncio.timeout(STOP_SECONDS):
            await self._context.__aexit__(None, None, None)

    async def _killed(self, error: asyncio.CancelledError) -> None:
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._context.__aexit__(type(error), error, error.__traceback__)
        except Exception as cause:
            self._died(cause)
            return
        raise error
