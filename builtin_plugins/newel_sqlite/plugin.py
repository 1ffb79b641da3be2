"""Starts and stops the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel.contracts.database import Database, DatabaseConfig
from newel_sqlite.config import SqliteConfig
from newel_sqlite.database import SqliteDatabase
from newel_sqlite.place import place_of

if TYPE_CHECKING:
    from newel.app import App


class SqlitePlugin:
    """Provides ``Database``."""

    def __init__(self, app: App, config: SqliteConfig) -> None:
        self._app = app
        self._config = config

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        place = place_of(self._app.config(DatabaseConfig).url.reveal(), self._app.folder)
        async with SqliteDatabase.opened(place, self._config, self._app.clock) as database:
            self._app.provide(Database, database)
            yield
