"""Time, as something a test can hold still."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Where everybody gets the time from. Nobody calls ``datetime.now`` or ``asyncio.sleep`` for waiting."""

    def now(self) -> datetime:
        """The present, in UTC, with a time zone."""

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean something."""

    async def sleep(self, seconds: float) -> None:
        """Returns when that many seconds have passed on this clock."""
