"""PostgreSQL keeps the contract."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from tests.builtin_plugins.postgres.opened import Databases

from newel.contracts.database import Database
from newel.testing.database_suite import DatabaseSuite

pytestmark = pytest.mark.engine


class TestPostgres(DatabaseSuite):
    @pytest.fixture(autouse=True)
    def _server(self, databases: Databases) -> None:
        self.databases = databases

    def make(self, folder: Path) -> AbstractAsyncContextManager[Database]:
        return self.databases.opened(folder)

    def make_narrow(self, folder: Path) -> AbstractAsyncContextManager[Database]:
        return self.databases.opened(folder, pool_max=1)
