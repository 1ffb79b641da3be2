"""How many calls of one plugin run at the same time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from newel_lua.faults import Busy


class Slots:
    """``most`` at once, of which one is kept for hooks that somebody waits for. Who comes first is served first."""

    def __init__(self, most: int, wait: float) -> None:
        """``wait``: seconds for which a call stands in line."""
        self._most = most
        self._wait = wait
        self._waiting: dict[bool, deque[asyncio.Future[None]]] = {True: deque(), False: deque()}
        self.running = 0

    @asynccontextmanager
    async def held(self, *, hook: bool) -> AsyncIterator[None]:
        """Raises ``Busy``."""
        await self._enter(hook)
        try:
            yield
        finally:
            self.running -= 1
            self._wake()

    def _room(self, hook: bool) -> bool:
        return self.running < (self._most if hook else self._most - 1)

    async def _enter(self, hook: bool) -> None:
        if self._room(hook) and not self._waiting[hook]:
            self.running += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[hook].append(turn)
        try:
            async with asyncio.timeout(self._wait):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():  # it had just been handed over
                self.running -= 1
                self._wake()
            elif turn in self._waiting[hook]:
                self._waiting[hook].remove(turn)
            if isinstance(error, TimeoutError):
                raise Busy("all its calls are in use") from None
            raise

    def _wake(self) -> None:
        for hook in (True, False):
            while self._waiting[hook] and self._room(hook):
                turn = self._waiting[hook].popleft()
                if not turn.done():
                    self.running += 1
                    turn.set_result(None)
