"""MariaDB keeps the contract."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from tests.builtin_plugins.mysql.opened import opened

from newel.contracts.database import Database
from newel.testing.database_suite import DatabaseSuite

pytestmark = pytest.mark.engine


class TestMariaDb(DatabaseSuite):
    def make(self, folder: Path) -> AbstractAsyncContextManager[Database]:
        return opened(folder)

    def make_narrow(self, folder: Path) -> AbstractAsyncContextManager[Database]:
        return opened(folder, pool_max=1)
