"""Starts and stops the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import hookimpl
from newel.contracts.database import Database, DatabaseConfig
from newel.contracts.site import Finding, HealthCheck
from newel.sql.figures import metrics
from newel_sqlite.config import SqliteConfig
from newel_sqlite.database import SqliteDatabase
from newel_sqlite.file import file_found
from newel_sqlite.place import Place, place_of

if TYPE_CHECKING:
    from newel.app import App
    from newel.contracts.site import Metric


class SqlitePlugin:
    """Provides ``Database``."""

    def __init__(self, app: App, config: SqliteConfig) -> None:
        self._app = app
        self._config = config
        self._database: SqliteDatabase | None = None

    @hookimpl
    def register_metrics(self) -> Sequence[Metric]:
        return metrics(lambda: self._database)

    @hookimpl
    def register_health_checks(self) -> Sequence[HealthCheck]:
        return [HealthCheck(name="sqlite.file", summary="The file of the database", look=self._look, running=False)]

    async def _look(self) -> Finding:
        return await asyncio.to_thread(lambda: file_found(self._place(), self._config))

    def _place(self) -> Place:
        return place_of(self._app.config(DatabaseConfig).url.reveal(), self._app.folder)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with SqliteDatabase.opened(self._place(), self._config, self._app.clock) as database:
            self._database = database
            self._app.provide(Database, database)
            yield
        self._database = None
