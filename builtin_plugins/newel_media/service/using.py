"""What in content points at assets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from newel.contracts.content import Content, OutsideUse
from newel_media.field import KIND

if TYPE_CHECKING:
    from newel.app import App
    from newel.contracts.database import Transaction

BATCH = 1000
"""Uses that are asked for at once."""


class Uses:
    """Asks content, where there is any; who is about to delete, in their transaction."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def of(self, id: str, limit: int, tx: Transaction | None = None) -> Sequence[OutsideUse]:
        """Places that point at one asset."""
        content = self._app.find(Content)
        return () if content is None else await content.uses(KIND, [id], limit=limit, tx=tx)

    async def used(self, ids: Sequence[str], tx: Transaction | None = None) -> set[str]:
        """Those that something points at."""
        content = self._app.find(Content)
        left, found = list(ids), set[str]()
        while content is not None and left:
            uses = await content.uses(KIND, left, limit=BATCH, tx=tx)
            found |= {use.id for use in uses}
            if len(uses) < BATCH:
                break
            # One asset may have them all, so those behind it are asked for again.
            left = [id for id in left if id not in found]
        return found
