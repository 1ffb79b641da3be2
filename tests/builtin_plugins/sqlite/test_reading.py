"""Short reads in the event loop, slow ones on a thread, and no loop is held up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.builtin_plugins.sqlite.opened import opened, stepping

from newel.errors import Transient
from newel_sqlite.database import SqliteDatabase
from newel_sqlite.reading import MOST_STRIKES

# Counts to :n inside SQLite, some 15 instructions a step.
COUNT = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < :n) SELECT max(n) AS n FROM c"
LONG, SHORT, ENDLESS = {"n": 60_000}, {"n": 10}, {"n": 10**12}


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    async with stepping(tmp_path, inline_ms=100) as database:
        yield database


async def test_a_short_read_stays_in_the_loop(db: SqliteDatabase) -> None:
    assert await db.fetch_one(COUNT, SHORT) == SHORT
    assert (db.reader.inline, db.reader.threaded) == (1, 0)


async def test_a_slow_read_moves_to_a_thread_and_is_remembered(db: SqliteDatabase) -> None:
    for threaded in (1, 2):
        assert await db.fetch_all(COUNT, LONG) == [LONG]
        assert (db.reader.inline, db.reader.threaded) == (0, threaded)


async def test_a_statement_that_has_become_quick_comes_back(db: SqliteDatabase) -> None:
    for _ in range(3):
        await db.fetch_one(COUNT, LONG)
    for _ in range(2**MOST_STRIKES):
        await db.fetch_one(COUNT, SHORT)
    before = db.reader.threaded
    for _ in range(10):
        await db.fetch_one(COUNT, SHORT)
    assert db.reader.threaded == before


async def test_a_slow_statement_is_tried_ever_less_often(tmp_path: Path) -> None:
    async with stepping(tmp_path, inline_ms=10) as db:
        statement = db._statements.of(COUNT)
        tried = []
        for use in range(20):
            if not statement.slow:
                tried.append(use)
            await db.fetch_one(COUNT, LONG)
    assert tried == [0, 2, 6, 14]


async def test_the_loop_goes_on_during_a_slow_read(db: SqliteDatabase) -> None:
    read = asyncio.create_task(db.fetch_one(COUNT, ENDLESS))
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert not read.done()
    assert db.reader.inline == 0
    read.cancel()
    with pytest.raises(asyncio.CancelledError):
        await read


async def test_many_short_reads_let_others_run(db: SqliteDatabase) -> None:
    turns = 0

    async def tick() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    ticking = asyncio.create_task(tick())
    while not turns and db.reader.inline < 200_000:
        await db.fetch_one("SELECT 1 AS one")
    ticking.cancel()
    assert turns > 0


async def test_the_same_within_a_transaction(db: SqliteDatabase) -> None:
    await db.execute("CREATE TABLE t (n INTEGER)")
    async with db.transaction() as tx:
        await tx.execute("INSERT INTO t VALUES (1)")
        assert await tx.fetch_one(COUNT, LONG) == LONG  # given up in the loop: the transaction must survive that
        await tx.execute("INSERT INTO t VALUES (2)")
    assert await db.fetch_one("SELECT count(*) AS c FROM t") == {"c": 2}
    async with db.transaction(read_only=True) as snapshot:
        assert await snapshot.fetch_one(COUNT + " ", LONG) == LONG
    assert db.reader.threaded == 2


async def test_a_slow_read_that_is_cancelled_stops(db: SqliteDatabase) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await db.fetch_one(COUNT, ENDLESS)
    assert await db.fetch_one("SELECT 1 AS one") == {"one": 1}


async def test_a_cancelled_read_leaves_its_transaction_whole(db: SqliteDatabase) -> None:
    await db.execute("CREATE TABLE t (n INTEGER)")
    async with db.transaction() as tx:
        await tx.execute("INSERT INTO t VALUES (1)")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await tx.fetch_one(COUNT, ENDLESS)
        await tx.execute("INSERT INTO t VALUES (2)")
    assert await db.fetch_one("SELECT count(*) AS c FROM t") == {"c": 2}


async def test_all_readers_in_use(tmp_path: Path) -> None:
    async with opened(tmp_path, readers=1, busy_timeout=0.05, inline_ms=20) as db:
        async with db.transaction(read_only=True):
            with pytest.raises(Transient, match="all 1 reading connections"):
                async with db.transaction(read_only=True):
                    pass
            assert await db.fetch_one("SELECT 1 AS one") == {"one": 1}  # short reads need none of them
        async with db.transaction(read_only=True):
            pass


async def test_a_stream_cancelled_while_it_opens_keeps_nobody_in_the_past(tmp_path: Path) -> None:
    async with opened(tmp_path, readers=1, inline_ms=0) as db:
        await db.execute("CREATE TABLE t (n INTEGER)")
        kept = []
        for n in range(30):

            async def stream() -> None:
                async for _ in db.iterate("SELECT n FROM t"):
                    pass

            task = asyncio.create_task(stream())
            for _ in range(n % 6):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            kept.append(task)  # with its traceback, hence with whatever it held
            await db.execute("INSERT INTO t VALUES (1)")
            assert await db.fetch_one("SELECT count(*) AS c FROM t") == {"c": n + 1}
