"""Signals of a server that has them: one connection that only listens, and comes back when it was lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Protocol

from newel.errors import Transient
from newel.sql.hub import Hub

CHECK_SECONDS = 30.0
"""How often the connection is tried: one that died without a word looks as one where nothing happens."""
PAUSES = (0.1, 0.3, 1.0, 3.0)


class Ear(Protocol):
    """A connection that listens."""

    async def listen(self, channel: str) -> None:
        """From its return on, signals of the channel come. Raises ``Away``."""

    async def ping(self) -> None:
        """Raises ``Away`` where nobody answers."""

    async def close(self) -> None:
        """Never raises."""


Opens = Callable[[Callable[[str, str], None], Callable[[], None]], Awaitable[Ear]]
"""Opens an ear, given what to call with a channel and a payload, and what to call when the connection is lost."""


class Listener:
    """Hands the server's signals to the hub. Connects when first needed."""

    def __init__(self, opens: Opens, hub: Hub) -> None:
        self._opens = opens
        self._hub = hub
        self._ear: Ear | None = None
        self._heard: set[str] = set()
        self._turn = asyncio.Lock()
        self._lost = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def listen(self, *channels: str) -> AsyncIterator[AsyncIterator[tuple[str, str]]]:
        """Signals from the start of the block on. Raises ``Away`` where the server cannot be reached at its start."""
        async with self._hub.listen(*channels) as signals:
            await self._hear(channels)
            yield signals

    async def _hear(self, channels: tuple[str, ...]) -> None:
        async with self._turn:
            ear = self._ear or await self._connect()
            for channel in channels:
                if channel not in self._heard:
                    await ear.listen(channel)
                    self._heard.add(channel)
        if self._keeper is None:
            self._keeper = asyncio.ensure_future(self._keep())

    async def _connect(self) -> Ear:
        self._lost.clear()
        ear = await self._opens(self._hub.tell, self._lost.set)
        try:
            for channel in self._hub.channels:
                await ear.listen(channel)
                self._heard.add(channel)
        except BaseException:
            await ear.close()
            raise
        self._ear = ear
        return ear

    async def _keep(self) -> None:
        while True:
            try:
                async with asyncio.timeout(CHECK_SECONDS):
                    await self._lost.wait()
            except TimeoutError:
                if await self._answers():
                    continue
            await self._again()

    async def _answers(self) -> bool:
        if self._ear is None:
            return False
        try:
            async with self._turn, asyncio.timeout(CHECK_SECONDS):
                await self._ear.ping()
        except (Transient, TimeoutError):
            return False
        return True

    async def _again(self) -> None:
        """Connects anew, however long it takes; then tells everybody to look for themselves."""
        for pause in self._pauses():
            try:
                async with self._turn:
                    await self._hang_up()
                    await self._connect()
                    break
            except Transient:  # away, or full
                await asyncio.sleep(pause)
        for channel in self._hub.channels:
            self._hub.tell(channel)

    @staticmethod
    def _pauses() -> Iterator[float]:
        yield from PAUSES
        while True:
            yield PAUSES[-1]

    async def _hang_up(self) -> None:
        ear, self._ear = self._ear, None
        self._heard.clear()
        if ear is not None:
            await ear.close()

    async def close(self) -> None:
        """Ends listening for good."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        await self._hang_up()
