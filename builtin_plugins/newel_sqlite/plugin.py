"""Starts and stops the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import hookimpl
from newel.contracts.database import Database, DatabaseConfig
from newel.sql.figures import metrics
from newel_sqlite.config import SqliteConfig
from newel_sqlite.database import SqliteDatabase
from newel_sqlite.place import place_of

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

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        place = place_of(self._app.config(DatabaseConfig).url.reveal(), self._app.folder)
        async with SqliteDatabase.opened(place, self._config, self._app.clock) as database:
            self._database = database
            self._app.provide(Database, database)
            yield
        self._database = None
