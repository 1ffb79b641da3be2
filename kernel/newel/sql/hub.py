"""``notify`` and ``listen`` of the ``Database`` contract within one process."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from attrs import define, field

LONGEST = 4000
WAITING = 1000
"""Signals kept for a listener that does not come round; older ones go first, since it will look for itself."""
_CHANNEL = re.compile(r"[a-z0-9_]{1,48}")


def check_signal(channel: str, payload: str = "") -> None:
    """Raises ``ValueError`` for what is no channel or too long a payload."""
    if not _CHANNEL.fullmatch(channel):
        raise ValueError(f"'{channel}' is no channel: at most 48 of a-z, 0-9 and _")
    if len(payload.encode()) > LONGEST:
        raise ValueError(f"a payload has at most {LONGEST} bytes: send an id instead")


@define
class Hub:
    """Hands signals to the listeners of this process."""

    _listeners: dict[str, list[asyncio.Queue[tuple[str, str]]]] = field(factory=dict)

    @property
    def channels(self) -> frozenset[str]:
        """Those that somebody listens to."""
        return frozenset(self._listeners)

    def tell(self, channel: str, payload: str = "") -> None:
        for queue in self._listeners.get(channel, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait((channel, payload))

    @asynccontextmanager
    async def listen(self, *channels: str) -> AsyncIterator[AsyncIterator[tuple[str, str]]]:
        """Registers before the block begins, so nothing told from then on is missed."""
        for channel in channels:
            check_signal(channel)
        queue: asyncio.Queue[tuple[str, str]] = asyncio.Queue(WAITING)
        for channel in channels:
            self._listeners.setdefault(channel, []).append(queue)
        try:
            yield _taken(queue)
        finally:
            for channel in channels:
                self._listeners[channel].remove(queue)
                if not self._listeners[channel]:
                    del self._listeners[channel]


async def _taken(queue: asyncio.Queue[tuple[str, str]]) -> AsyncIterator[tuple[str, str]]:
    while True:
        yield await queue.get()
