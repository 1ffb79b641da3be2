"""A task is cancelled at one exact point: the writer's thread is held, so what is asked of it waits."""

# ruff: noqa: PT012 - the block of a transaction is what raises

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.builtin_plugins.sqlite.opened import opened

from newel_sqlite.database import SqliteDatabase

COUNT = "SELECT count(*) AS c FROM t"
ADD = "INSERT INTO t VALUES (1)"


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    async with opened(tmp_path) as database:
        await database.execute("CREATE TABLE t (n INTEGER)")
        yield database


@asynccontextmanager
async def thread_held(db: SqliteDatabase) -> AsyncIterator[None]:
    gate = threading.Event()
    holding = asyncio.create_task(db._worker.run(gate.wait))
    await asyncio.sleep(0)
    yield
    gate.set()
    await holding


async def cancelled_while_held(db: SqliteDatabase, task: asyncio.Task[None], reached: asyncio.Event) -> None:
    await reached.wait()
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.sleep(0.01)
    assert not task.done()  # it waits for the end of what it asked for


async def test_in_the_commit_it_is_committed_and_then_raised(db: SqliteDatabase) -> None:
    at_commit, go = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        async with db.transaction() as tx:
            await tx.execute(ADD)
            at_commit.set()
            await go.wait()

    task = asyncio.create_task(write())
    await at_commit.wait()
    async with thread_held(db):
        go.set()
        await cancelled_while_held(db, task, go)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await db.fetch_one(COUNT) == {"c": 1}
    await db.execute(ADD)


async def test_in_a_statement_it_is_rolled_back(db: SqliteDatabase) -> None:
    at_statement, go = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        async with db.transaction() as tx:
            await tx.execute(ADD)
            at_statement.set()
            await go.wait()
            await tx.execute(ADD)

    task = asyncio.create_task(write())
    await at_statement.wait()
    async with thread_held(db):
        go.set()
        await cancelled_while_held(db, task, go)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await db.fetch_one(COUNT) == {"c": 0}
    await db.execute(ADD)


async def test_a_lone_statement_that_had_not_begun_is_never_carried_out(db: SqliteDatabase) -> None:
    reached = asyncio.Event()
    reached.set()
    async with thread_held(db):
        task: asyncio.Task[None] = asyncio.create_task(db.execute(ADD))  # type: ignore[arg-type]  # its answer is not used
        await cancelled_while_held(db, task, reached)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await db.fetch_one(COUNT) == {"c": 0}


async def test_impatience_changes_nothing(db: SqliteDatabase) -> None:
    go = asyncio.Event()

    async def write() -> None:
        async with db.transaction() as tx:
            await tx.execute(ADD)
            await go.wait()

    task = asyncio.create_task(write())
    await asyncio.sleep(0.05)
    async with thread_held(db):
        go.set()
        for _ in range(20):
            await asyncio.sleep(0)
            task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await db.fetch_one(COUNT) in ({"c": 0}, {"c": 1})
    async with db.transaction() as tx:
        await tx.execute(ADD)


async def test_a_long_write_that_is_cancelled_stops_early(db: SqliteDatabase) -> None:
    long = (
        "INSERT INTO t WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c LIMIT 1000000000"
    )
    for again in range(2):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                if again:
                    await db.execute(long)
                else:
                    async with db.transaction() as tx:
                        await tx.execute(long)
    assert await db.fetch_one(COUNT) == {"c": 0}


async def test_closing_with_a_transaction_open_does_not_hang(tmp_path: Path) -> None:
    async def hold(db: SqliteDatabase, inside: asyncio.Event) -> None:
        async with db.transaction() as tx:
            await tx.execute("CREATE TABLE u (n INTEGER)")
            inside.set()
            await asyncio.sleep(60)

    async with asyncio.timeout(20):
        async with opened(tmp_path / "other", busy_timeout=0.1) as db:
            inside = asyncio.Event()
            task = asyncio.create_task(hold(db, inside))
            await inside.wait()
            await db._close()
            task.cancel()
            await asyncio.wait([task])
        async with opened(tmp_path / "other") as db:
            await db.execute("CREATE TABLE u (n INTEGER)")


async def test_a_block_that_swallows_the_cancellation_of_a_write_commits_nothing(db: SqliteDatabase) -> None:
    with pytest.raises(RuntimeError, match="nothing was committed"):
        async with db.transaction() as tx:
            await tx.execute(ADD)
            async with thread_held(db):
                lost = asyncio.create_task(tx.execute(ADD))
                await asyncio.sleep(0.01)
                lost.cancel()
            await asyncio.wait([lost])
    assert await db.fetch_one(COUNT) == {"c": 0}
