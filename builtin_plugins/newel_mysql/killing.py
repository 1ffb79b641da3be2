"""Stops statements at the server, over a connection of its own: it must not wait for one of the pool."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from newel_mysql.faults import GONE, number_of

_NOBODY = 1094  # the connection has ended by itself


class Killer:
    """Connects when first needed. One statement is stopped after the other."""

    def __init__(self, opens: Callable[[], Awaitable[Any]]) -> None:
        self._opens = opens
        self._raw: Any = None
        self._turn = asyncio.Lock()

    async def stop(self, thread: int) -> None:
        """When this returns, the statement of that connection has been told to end. Raises what connecting raises."""
        async with self._turn:
            try:
                await self._told(thread)
            except Exception as error:
                if number_of(error) not in GONE:
                    raise
                await self._told(thread)  # the connection had gone while nobody used it

    async def _told(self, thread: int) -> None:
        if self._raw is None or not self._raw.connected:
            self._raw = await self._opens()
        try:
            await self._raw.cursor().execute(f"KILL QUERY {thread}")
        except Exception as error:
            if number_of(error) == _NOBODY:
                return
            self._raw.close()
            raise
        except BaseException:
            self._raw.close()
            raise

    async def close(self) -> None:
        if self._raw is not None:
            self._raw.close()
