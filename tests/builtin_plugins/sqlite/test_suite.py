"""SQLite keeps the contract: on a file, in a passing file, and with every read on a thread."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from newel.contracts.database import Database
from newel.testing import make_app
from newel.testing.database_suite import DatabaseSuite


@asynccontextmanager
async def opened(folder: Path, url: str = "sqlite:///data/newel.db", **config: float) -> AsyncIterator[Database]:
    async with make_app(["sqlite"], {"database": {"url": url}, "sqlite": config}, folder=folder) as app:
        yield app.need(Database)


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
