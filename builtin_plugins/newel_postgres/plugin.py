"""Starts and stops the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import hookimpl
from newel.contracts.database import Database, DatabaseConfig
from newel.errors import BootError
from newel_postgres.address import address_of
from newel_postgres.config import PostgresConfig

if TYPE_CHECKING:
    from newel.app import App
    from newel.contracts.site import Metric
    from newel_postgres.database import PostgresDatabase


class PostgresPlugin:
    """Provides ``Database``."""

    def __init__(self, app: App, config: PostgresConfig) -> None:
        self._app = app
        self._config = config
        self._database: PostgresDatabase | None = None

    @hookimpl
    def register_metrics(self) -> Sequence[Metric]:
        from newel.sql.figures import metrics

        return metrics(lambda: self._database)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        try:
            from newel_postgres.database import PostgresDatabase
        except ModuleNotFoundError as error:
            if error.name != "asyncpg":
                raise
            raise BootError("PostgreSQL needs a driver. Install it: pip install 'newel[postgres]'") from None
        address = address_of(self._app.config(DatabaseConfig).url.reveal(), self._app.folder)
        async with PostgresDatabase.opened(address, self._config) as database:
            self._database = database
            self._app.provide(Database, database)
            yield
        self._database = None
