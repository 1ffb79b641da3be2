"""SQLite keeps the contract: on a file, in a passing file, and with every read on a thread."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from tests.builtin_plugins.sqlite.opened import opened

from newel.contracts.database import Database
from newel.testing.database_suite import DatabaseSuite


class TestFile(DatabaseSuite):
    def make(self, folder: Path) -> AbstractAsyncContextManager[Database]:
        return opened(folder)


class TestMemory(DatabaseSuite):
    keeps = False

    def make(self, folder: Path) -> AbstractAsyncContextManager[Database]:
        return opened(folder, "sqlite://")


class TestThreads(DatabaseSuite):
    """As on a slow disk: nothing is read in the event loop."""

    def make(self, folder: Path) -> AbstractAsyncContextManager[Database]:
        return opened(folder, inline_ms=0, readers=2)
