"""What goes on beside the requests: a turn whenever somebody wakes it, and now and then anyway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import Transient

if TYPE_CHECKING:
    from newel.app import App


class Pump:
    """One task. A turn that fails is logged, and the next one tries again."""

    def __init__(self, app: App, name: str, turn: Callable[[], Awaitable[None]], every: float) -> None:
        self._app = app
        self._name = name
        self._turn = turn
        self._every = every
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._go(), name=f"newel-jobs-{self._name}")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _go(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._turn()
            except Transient as error:
                self._app.log.debug("jobs wait", extra={"part": self._name, "cause": error.detail})
                await self._app.clock.sleep(min(self._every, 1.0))
            except Exception as error:  # nobody else would hear of it, and the task must live on
                self._app.log.error("jobs failed at a turn", extra={"part": self._name}, exc_info=error)
                await self._app.clock.sleep(self._every)
            await self._pause()

    async def _pause(self) -> None:
        waiting = (
            asyncio.create_task(self._woken.wait()),
            asyncio.create_task(self._app.clock.sleep(self._every)),
        )
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
