"""COMMIT happens or does not, and the caller knows which."""

# ruff: noqa: PT012 - the block of a transaction is what raises

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.builtin_plugins.postgres.opened import Databases

from newel.contracts.database import ForeignKeyViolation
from newel_postgres.database import PostgresDatabase

pytestmark = pytest.mark.engine
SECONDS = 30
DEFERRED = "DEFERRABLE INITIALLY DEFERRED"
DAWDLE = "BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END"
COMMITTING = "SELECT count(*) AS n FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active'"


@pytest.fixture
async def db(databases: Databases, tmp_path: Path) -> AsyncIterator[PostgresDatabase]:
    """Whose commits of ``t`` take 0.3 seconds, and whose ``child`` is looked at only then."""
    async with databases.opened(tmp_path, pool_max=2) as opened:
        for statement in (
            "CREATE TABLE t (id BIGINT PRIMARY KEY)",
            f"CREATE TABLE child (t BIGINT REFERENCES t (id) {DEFERRED})",
            f"CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS '{DAWDLE}'",
            f"CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON t {DEFERRED} FOR EACH ROW EXECUTE FUNCTION dawdle()",
        ):
            await opened.execute(statement)
        yield opened


async def committing(db: PostgresDatabase) -> None:
    """Returns when the server is in a COMMIT."""
    while await db.fetch_one(COMMITTING) == {"n": 0}:  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.005)


async def test_one_that_is_cancelled_in_the_middle_happens_and_then_raises(db: PostgresDatabase) -> None:
    async def write() -> None:
        async with db.transaction() as tx:
            await tx.execute("INSERT INTO t VALUES (1)")

    async with asyncio.timeout(SECONDS):
        task = asyncio.create_task(write())
        await committing(db)
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0.01)
        assert not task.done()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await db.fetch_all("SELECT id FROM t") == [{"id": 1}]
        assert db.pool.opened <= 2


async def test_one_that_is_refused_leaves_nothing(db: PostgresDatabase) -> None:
    async with asyncio.timeout(SECONDS):
        with pytest.raises(ForeignKeyViolation):
            async with db.transaction() as tx:
                await tx.execute("INSERT INTO t VALUES (1)")
                await tx.execute("INSERT INTO child VALUES (2)")
        assert await db.fetch_all("SELECT id FROM t") == []
        async with db.transaction() as tx:
            await tx.execute("INSERT INTO t VALUES (1)")


async def test_a_transaction_by_hand_is_refused(db: PostgresDatabase) -> None:
    """Else the next one to use the connection would write into it, and nobody would commit."""
    with pytest.raises(RuntimeError, match="transaction"):
        await db.execute("BEGIN")
    await db.execute("INSERT INTO t VALUES (1)")
    async with db.transaction(), db.transaction(read_only=True) as other:
        assert await other.fetch_all("SELECT id FROM t") == [{"id": 1}]
    with pytest.raises(RuntimeError, match="transaction"):
        async with db.transaction() as tx:
            await tx.execute("INSERT INTO t VALUES (2)")
            await tx.execute("ROLLBACK")
            await tx.execute("INSERT INTO t VALUES (3)")
    assert await db.fetch_all("SELECT id FROM t") == [{"id": 1}]
