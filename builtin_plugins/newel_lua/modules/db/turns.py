"""How much of the database plugins may take at once, so that a slow one leaves enough for the site and for the others.

SQLite has four connections for slow reads by default, the servers twenty: what is over the limit waits its turn.
"""

from __future__ import annotations

import asyncio

EACH, ALL = 2, 3


class Turns:
    """For ``EACH`` plugin, and for ``ALL`` of them: ``async with turns.each(plugin), turns.all``."""

    def __init__(self) -> None:
        self.all = asyncio.Semaphore(ALL)
        self._each: dict[str, asyncio.Semaphore] = {}

    def each(self, plugin: str) -> asyncio.Semaphore:
        found = self._each.get(plugin)
        if found is None:
            found = self._each[plugin] = asyncio.Semaphore(EACH)
        return found
