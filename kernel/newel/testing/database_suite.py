"""``DatabaseSuite``: every obligation of the ``Database`` contract, as tests. Whoever provides an engine subclasses it.

.. code-block:: python

    class TestMyEngine(DatabaseSuite):
        def make(self, folder):
            return my_database(folder)  # an async context manager that yields a started, empty Database
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
import pytest_asyncio

from newel.contracts.database import Database
from newel.testing.database_cases import tables
from newel.testing.database_cases.concurrency import Concurrency
from newel.testing.database_cases.looking import Looking
from newel.testing.database_cases.signals import Signals
from newel.testing.database_cases.snapshots import Snapshots
from newel.testing.database_cases.statements import Errors, Statements
from newel.testing.database_cases.streams import Streams
from newel.testing.database_cases.transactions import Transactions
from newel.testing.database_cases.values import Rendering, Values

CLOSE_SECONDS = 20


class DatabaseSuite(
    Statements, Values, Rendering, Errors, Transactions, Streams, Snapshots, Signals, Looking, Concurrency
):
    """Subclass it and give ``make``. All tests get a fresh database in a fresh folder."""

    pytestmark = pytest.mark.asyncio
    keeps: ClassVar[bool] = True
    """Whether a database that was closed has its data when it is opened again in the same folder."""

    def make(self, folder: Path) -> AbstractAsyncContextManager[Database]:
        """A started database. Empty in a new folder; in a folder that was used, with what was committed there."""
        raise NotImplementedError("give your suite a make(self, folder)")

    def make_narrow(self, folder: Path) -> AbstractAsyncContextManager[Database]:
        """One in which whoever writes waits for whoever writes: with one connection. (``make``'s, for one writer.)"""
        return self.make(folder)

    @pytest_asyncio.fixture
    async def db(self, tmp_path: Path) -> AsyncIterator[Database]:
        async with self._with_tables(self.make(tmp_path)) as database:
            yield database

    @pytest_asyncio.fixture
    async def narrow(self, tmp_path: Path) -> AsyncIterator[Database]:
        async with self._with_tables(self.make_narrow(tmp_path)) as database:
            yield database

    @staticmethod
    @asynccontextmanager
    async def _with_tables(context: AbstractAsyncContextManager[Database]) -> AsyncIterator[Database]:
        database = await context.__aenter__()
        await tables.create(database)
        yield database
        async with asyncio.timeout(CLOSE_SECONDS):  # closing never hangs, whatever was done before
            await context.__aexit__(None, None, None)

    async def test_what_was_committed_is_there_after_a_restart(self, tmp_path: Path) -> None:
        async with self.make(tmp_path) as first:
            await tables.create(first)
            await tables.put(first, "a", n=1)
        async with self.make(tmp_path) as second:
            if not self.keeps:  # a database for one run
                await tables.create(second)
            assert await tables.ids(second) == (["a"] if self.keeps else [])

    async def test_it_names_its_dialect(self, db: Database) -> None:
        assert db.dialect in ("sqlite", "postgresql", "mysql")

    async def test_it_has_a_size(self, db: Database) -> None:
        assert await db.size() > 0

    async def test_a_healthy_database_has_nothing_to_complain_of(self, db: Database) -> None:
        await tables.put(db, "a", n=1)
        await db.execute("INSERT INTO suite_children (id, item) VALUES ('c', 'a')")
        assert await db.check() == []

    async def test_it_may_be_opened_and_closed_again_and_again(self, tmp_path: Path) -> None:
        before = asyncio.all_tasks()
        for number in range(3):
            async with self.make(tmp_path / str(number)) as database:
                await tables.create(database)
        left: set[Any] = asyncio.all_tasks() - before
        assert not left
