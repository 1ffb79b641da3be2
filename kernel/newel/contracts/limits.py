"""Rate limits, asked by the dispatcher before an operation runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from newel.context import Call


class RateLimit(Protocol):
    """Counts calls by (group, actor or address). The address comes from the door, never from an input field."""

    async def take(self, call: Call, group: str) -> None:
        """Takes one call of the group (an operation's ``limit``). Raises ``TooMany`` when none is left."""
