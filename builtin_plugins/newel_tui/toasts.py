"""Notes that go away: by themselves, or, where something went wrong, with the next key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from attrs import frozen

from newel.contracts.clock import Clock
from newel.contracts.layout import harmless
from newel.contracts.tui import Level

SECONDS = 4.0
MOST = 20


@frozen
class Note:
    message: str
    level: Level
    until: float | None
    """When it goes; ``None``: with a key."""


class Toasts:
    """The last one is shown. ``notes`` are those that stand."""

    def __init__(self, clock: Clock, changed: Callable[[], None]) -> None:
        self._clock = clock
        self._changed = changed
        self._timer: asyncio.Task[None] | None = None
        self.notes: list[Note] = []

    @property
    def shown(self) -> Note | None:
        return self.notes[-1] if self.notes else None

    def add(self, message: str, level: Level = "info") -> None:
        stays = level == "error"
        until = None if stays else self._clock.monotonic() + SECONDS + len(message) / 40
        self.notes.append(Note(harmless(message), level, until))
        del self.notes[:-MOST]
        if not stays and (self._timer is None or self._timer.done()):
            self._timer = asyncio.get_running_loop().create_task(self._fade())
        self._changed()

    def seen(self) -> None:
        """A key was pressed: errors have been read."""
        self.notes = [one for one in self.notes if one.until is not None]

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    async def _fade(self) -> None:
        while timed := [one.until for one in self.notes if one.until is not None]:
            await self._clock.sleep(max(0.01, min(timed) - self._clock.monotonic()))
            now = self._clock.monotonic()
            self.notes = [one for one in self.notes if one.until is None or one.until > now]
            self._changed()
