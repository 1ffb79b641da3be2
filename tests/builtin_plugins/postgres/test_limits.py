"""Nothing waits for ever: pool, statements, rows of others."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from tests.builtin_plugins.postgres.opened import Databases

from newel.errors import Transient
from newel.testing import make_app
from newel_postgres.database import PostgresDatabase

pytestmark = pytest.mark.engine
SLEEP = "SELECT pg_sleep(60)::text AS nothing"
RUNNING = "SELECT count(*) AS n FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()"
RUNNING += " AND state = 'active'"
SECONDS = 30


@pytest.fixture
async def db(databases: Databases, tmp_path: Path) -> AsyncIterator[PostgresDatabase]:
    async with databases.opened(tmp_path, pool_min=1, pool_max=3, wait_seconds=0.2) as opened:
        await opened.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)")
        await opened.execute("INSERT INTO t VALUES (1, 0)")
        yield opened


async def running(db: PostgresDatabase) -> int:
    row = await db.fetch_one(RUNNING)
    assert row is not None
    return int(row["n"])


async def test_all_connections_in_use_is_said_in_time(db: PostgresDatabase) -> None:
    sleepers = [asyncio.create_task(db.fetch_one(SLEEP)) for _ in range(3)]
    await asyncio.sleep(0)
    async with asyncio.timeout(SECONDS):
        with pytest.raises(Transient) as caught:
            await db.fetch_one("SELECT 1 AS one")
        assert (caught.value.reason, caught.value.retry_after) == ("database_busy", 1.0)
        for sleeper in sleepers:
            sleeper.cancel()
        await asyncio.gather(*sleepers, return_exceptions=True)
        assert await db.fetch_one("SELECT 1 AS one") == {"one": 1}


async def test_who_holds_a_connection_gets_another(db: PostgresDatabase) -> None:
    """Else all could hold one and wait for each other's."""
    together = asyncio.Barrier(3)

    async def nested() -> None:
        async with db.transaction(read_only=True):
            await together.wait()
            assert await db.fetch_one("SELECT 1 AS one") == {"one": 1}

    async with asyncio.timeout(SECONDS):
        await asyncio.gather(*(nested() for _ in range(3)))
    assert db.pool.opened <= 5


async def test_a_cancelled_statement_is_stopped_at_the_server(db: PostgresDatabase) -> None:
    async with asyncio.timeout(SECONDS):
        for _ in range(5):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await db.fetch_one(SLEEP)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02), db.transaction() as tx:
                    await tx.fetch_one(SLEEP)
            assert await running(db) == 0


async def test_a_storm_of_cancellations_leaks_nothing(db: PostgresDatabase, databases: Databases) -> None:
    async def work(n: int) -> None:
        async with db.transaction() as tx:
            await tx.execute("UPDATE t SET n = n + 1 WHERE id = 1")
            await tx.fetch_one(f"SELECT pg_sleep(0.00{n % 5})::text AS nothing")

    async with asyncio.timeout(SECONDS):
        tasks = [asyncio.create_task(work(n)) for n in range(225)]
        for task in tasks:
            await asyncio.sleep(random.choice([0, 0, 0.001]))
            if random.random() < 0.7:
                task.cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        done = sum(answer is None for answer in answers)
        row = await db.fetch_one("SELECT n FROM t")
        assert row is not None
        assert row["n"] >= done  # one that was cancelled in its COMMIT is there, too
        assert db.pool.opened <= 3
        assert db.pool.waiting == 0
        open_ = (
            "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
        )
        assert await db.fetch_one(open_) == {"n": 0}
        async with AsyncExitStack() as stack:
            for _ in range(3):
                await stack.enter_async_context(db.transaction())


async def test_a_statement_takes_only_so_long(databases: Databases, tmp_path: Path) -> None:
    async with databases.opened(tmp_path, statement_seconds=0.1) as db, asyncio.timeout(SECONDS):
        with pytest.raises(Transient) as caught:
            await db.fetch_one(SLEEP)
        assert caught.value.reason == "too_slow"
        # Changes of tables take theirs, alone and in a transaction.
        slow = "CREATE TABLE {} AS SELECT 1 AS id, pg_sleep(0.3)::text AS nothing"
        await db.execute(slow.format("one"))
        async with db.transaction() as tx:
            await tx.execute(slow.format("two"))
        with pytest.raises(Transient):
            await db.fetch_one(SLEEP)


async def test_a_row_of_somebody_else_is_waited_for_only_so_long(databases: Databases, tmp_path: Path) -> None:
    async with databases.opened(tmp_path, lock_seconds=0.1) as db, asyncio.timeout(SECONDS):
        await db.execute("CREATE TABLE t AS SELECT 1 AS id, 0 AS n")
        async with db.transaction() as tx:
            await tx.execute("UPDATE t SET n = 1")
            with pytest.raises(Transient) as caught:
                await db.execute("UPDATE t SET n = 2")
        assert caught.value.reason == "database_busy"


async def test_a_deadlock_is_contention_and_runs_again(db: PostgresDatabase) -> None:
    from newel.contracts.database import Transaction
    from newel.transact import transact

    await db.execute("INSERT INTO t VALUES (2, 0)")
    first = asyncio.Barrier(2)
    runs: list[int] = []

    async def both(one: int, other: int) -> None:
        async def body(tx: Transaction) -> None:
            runs.append(one)
            await tx.execute("UPDATE t SET n = n + 1 WHERE id = :id", {"id": one})
            if len(runs) <= 2:
                await first.wait()
            await tx.execute("UPDATE t SET n = n + 1 WHERE id = :id", {"id": other})

        await transact(db, body)

    async with asyncio.timeout(SECONDS):
        await asyncio.gather(both(1, 2), both(2, 1))
    assert len(runs) == 3
    assert await db.fetch_all("SELECT n FROM t") == [{"n": 2}, {"n": 2}]


async def test_connections_that_nobody_needs_are_closed(databases: Databases, tmp_path: Path) -> None:
    async with databases.opened(tmp_path, pool_min=1, pool_max=5, idle_seconds=1) as db:
        await asyncio.gather(*(db.fetch_one("SELECT pg_sleep(0.05)::text AS nothing") for _ in range(5)))
        assert db.pool.opened == 5
        async with asyncio.timeout(SECONDS):
            while db.pool.opened > 1:
                await asyncio.sleep(0.2)
                await db.fetch_one("SELECT 1 AS one")


@pytest.mark.needs_plugin("http", "delivery")
async def test_at_the_door_it_is_a_503_with_retry_after(databases: Databases, tmp_path: Path) -> None:
    from newel.contracts.database import Database
    from newel.testing import Client, actor

    names = ["postgres", "migrations", "accounts", "content", "delivery", "http"]
    given = {"database": {"url": await databases.url(tmp_path)}, "postgres": {"pool_max": 1, "wait_seconds": 0.05}}
    async with make_app(names, given, folder=tmp_path, serving=True) as app, Client.of(app) as client:
        call = app.call(actor("admin"), "test")
        fields = [{"name": "title", "type": "text", "indexed": True}]
        await app.operations.run("types.create", {"name": "note", "fields": fields}, call)
        async with app.need(Database).transaction():
            answer = await client.get("/api/v1/delivery/note/01JD0000000000000000000000")
    assert (answer.status, answer.headers.get("Retry-After")) == (503, "1")
