"""MariaDB keeps the contract."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from tests.builtin_plugins.mysql.opened import opened

from newel.contracts.database import Database
from newel.testing.database_suite import DatabaseSuite


class TestMariaDb(DatabaseSuite):
    def make(self, folder: Path) -> AbstractAsyncContextManager[Database]:
        return opened(folder)

    def make_narrow(self, folder: Path) -> AbstractAsyncContextManager[Database]:
        return opened(folder, pool=1)
