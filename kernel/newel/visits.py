"""Who is at work in which plugin, so that one can be stopped between two calls."""

from __future__ import annotations

import asyncio
from typing import Any

Visit = asyncio.Task[Any] | None
"""What ``enter`` answers and ``leave`` takes back: the task that is inside."""


class Visits:
    """The calls that are inside plugins now: of their operations, routes and hooks."""

    def __init__(self) -> None:
        self._inside: dict[str, list[Visit]] = {}
        self._left = asyncio.Event()

    def enter(self, plugin: str) -> Visit:
        visit = asyncio.current_task()
        self._inside.setdefault(plugin, []).append(visit)
        return visit

    def leave(self, plugin: str, visit: Visit) -> None:
        self._inside[plugin].remove(visit)
        self._left.set()

    def count(self, plugin: str) -> int:
        return len(self._inside.get(plugin, ()))

    def mine(self, plugin: str) -> bool:
        """Whether the task that asks is inside the plugin itself."""
        return asyncio.current_task() in self._inside.get(plugin, ())

    async def over(self, plugin: str) -> None:
        """Returns when nobody is inside the plugin."""
        while self._inside.get(plugin):
            self._left.clear()
            await self._left.wait()
