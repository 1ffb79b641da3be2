"""Starts and stops the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from newel import hookimpl
from newel.contracts.database import Database, DatabaseConfig
from newel.errors import BootError
from newel_mysql.address import address_of
from newel_mysql.config import MysqlConfig

if TYPE_CHECKING:
    from newel.app import App
    from newel.contracts.site import Metric
    from newel_mysql.database import MysqlDatabase


class MysqlPlugin:
    """Provides ``Database``."""

    def __init__(self, app: App, config: MysqlConfig) -> None:
        self._app = app
        self._config = config
        self._database: MysqlDatabase | None = None

    @hookimpl
    def register_metrics(self) -> Sequence[Metric]:
        from newel.sql.figures import metrics

        return metrics(lambda: self._database)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        address = address_of(self._app.config(DatabaseConfig).url.reveal(), self._app.folder)
        driver = _driver()
        from newel_mysql.database import MysqlDatabase

        async with MysqlDatabase.opened(address, self._config, driver, self._app.log) as database:
            self._database = database
            self._app.provide(Database, database)
            yield
        self._database = None


def _driver() -> Any:
    try:
        import asyncmy
        import asyncmy.converters
        import asyncmy.errors
    except ImportError as error:
        raise BootError("MariaDB and MySQL need the driver asyncmy: pip install 'newel[mysql]'") from error
    return asyncmy
