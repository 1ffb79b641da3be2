"""Whether a connection still answers is told right, whatever went over it before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from tests.builtin_plugins.postgres.opened import Databases

from newel.sql.held import Held
from newel.sql.parameters import Prepared
from newel_postgres.connecting import closed
from newel_postgres.link import PostgresLink

pytestmark = [pytest.mark.engine, pytest.mark.may_block]


@pytest.fixture
async def link(databases: Databases, tmp_path: Path) -> AsyncIterator[PostgresLink]:
    url = await databases.url(tmp_path)

    async def opened() -> asyncpg.Connection:
        return await asyncpg.connect(url, ssl=False, password="")  # or it looks for a file

    made = PostgresLink(await Held.open("postgresql", opened, closed))
    yield made
    await made.close()


async def test_one_over_which_nothing_went(link: PostgresLink) -> None:
    await link.ping()
    assert not link.broken


async def test_one_whose_statement_was_cancelled(link: PostgresLink) -> None:
    sleeper = asyncio.create_task(link.command("SELECT pg_sleep(60)"))
    await asyncio.sleep(0.05)  # until it is on its way: the server tells nobody that it has begun
    sleeper.cancel()
    await asyncio.gather(sleeper, return_exceptions=True)
    await link.settle()
    await link.ping()
    assert await link.run(Prepared("SELECT 1 AS one", (), reads=True), {}) is not None


async def test_one_in_a_transaction_that_failed(link: PostgresLink) -> None:
    await link.begin(read_only=False)
    with pytest.raises(Exception, match="division"):
        await link.command("SELECT 1 / 0")
    await link.settle()
    await link.roll_back()
    assert not link.broken
