"""Several processes on one database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.builtin_plugins.postgres.opened import Databases

from newel.clock import SystemClock
from newel.contracts.database import Database
from newel.testing import make_app
from newel_migrations.ledger import Ledger

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.needs_plugin("http", "delivery", "audit")]
NAMES = ["postgres", "migrations", "audit", "accounts", "content", "delivery", "http"]


async def test_nodes_that_start_at_once_on_an_empty_database(databases: Databases, tmp_path: Path) -> None:
    url = await databases.url(tmp_path)
    together = asyncio.Barrier(4)

    async def node(name: str) -> list[str]:
        folder = tmp_path / name
        folder.mkdir()
        await together.wait()
        async with make_app(NAMES, {"database": {"url": url}, "postgres": {"pool_max": 3}}, folder=folder) as app:
            await together.wait()  # all are up before the first one stops
            rows = await app.need(Database).fetch_all("SELECT plugin, number FROM migrations_ledger")
            return sorted(f"{row['plugin']} {row['number']}" for row in rows)

    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(node(str(n)) for n in range(4)))
    assert answers[0]
    assert answers == [answers[0]] * 4


async def test_the_ledger_is_made_once_by_all_at_once(databases: Databases, tmp_path: Path) -> None:
    """PostgreSQL's IF NOT EXISTS fails where two make the same table in the same instant."""
    async with databases.opened(tmp_path, pool_min=8) as db, asyncio.timeout(60):
        for _ in range(10):
            await asyncio.gather(*(Ledger(db, SystemClock()).read() for _ in range(8)))
            await db.execute("DROP TABLE migrations_ledger")
