"""Tells where backups are older than promised, as long as they are: in ``/readyz`` and wherever failures are seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from newel.errors import NewelError

if TYPE_CHECKING:
    from newel.app import App
    from newel_backup.status import Standing

PLUGIN, PART = "backup", "promise"
EVERY = 60.0


class Watch:
    """Looks while the site is served. Where no backup is planned it is silent: the site's health says so."""

    def __init__(self, app: App, standing: Standing) -> None:
        self._app = app
        self._standing = standing

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._go_on(), name="newel-backup-watch")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _go_on(self) -> None:
        while True:
            with suppress(NewelError):  # the database is away: others tell that
                await self.look()
            await self._app.clock.sleep(EVERY)

    async def look(self) -> None:
        """Once."""
        found = await self._standing.status()
        planned = any(one.does == "backup" for one in found.schedules)
        late = planned and found.finding.state != "ok"
        self._app.report_part(PLUGIN, PART, found.finding.detail if late else "", found.finding.remedy)
