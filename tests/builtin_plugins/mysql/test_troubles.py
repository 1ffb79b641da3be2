"""What servers and rivals do to a site: deadlocks, slow statements, lost connections, storms of cancellations."""

# ruff: noqa: PT012 - the block of a transaction is what raises

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
from tests.builtin_plugins.mysql.opened import admin, opened

from newel.contracts.database import Away, Contention, Transaction, UniqueViolation
from newel.errors import Transient
from newel.transact import transact
from newel_mysql.database import MysqlDatabase

ADD = "UPDATE t SET n = n + 1 WHERE id = :id"
pytestmark = pytest.mark.engine
SLEEP = "SELECT sleep(:seconds) AS s"


async def _fill(db: MysqlDatabase) -> None:
    await db.execute("CREATE TABLE t (id VARCHAR(20) PRIMARY KEY, n BIGINT NOT NULL, t VARCHAR(5))")
    await db.execute_many("INSERT INTO t (id, n) VALUES (:id, :n)", [{"id": id, "n": 0} for id in "ab"])


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[MysqlDatabase]:
    async with opened(tmp_path, pool_max=4, wait_seconds=0.3, statement_seconds=20, lock_seconds=1) as made:
        await _fill(made)
        yield made


async def numbers(db: MysqlDatabase) -> list[int]:
    return [row["n"] for row in await db.fetch_all("SELECT n FROM t ORDER BY id")]


async def running(text: str) -> int:
    found = await admin(f"SELECT count(*) FROM information_schema.processlist WHERE info LIKE '{text}%'")
    return int(found[0][0])


async def _until_running(text: str) -> None:
    async with asyncio.timeout(10):
        while not await running(text):  # noqa: ASYNC110 - a server gives no sign
            await asyncio.sleep(0.01)


async def test_a_deadlock_is_contention_and_transact_succeeds(db: MysqlDatabase) -> None:
    attempts = 0
    both = asyncio.Barrier(2)

    async def cross(first: str, second: str) -> None:
        async def body(tx: Transaction) -> None:
            nonlocal attempts
            attempts += 1
            await tx.execute(ADD, {"id": first})
            if attempts <= 2:
                await both.wait()
            await tx.execute(ADD, {"id": second})

        await transact(db, body)

    async with asyncio.timeout(20):
        await asyncio.gather(cross("a", "b"), cross("b", "a"))
    assert attempts == 3
    assert await numbers(db) == [2, 2]


async def test_after_a_lock_that_was_waited_for_too_long_nothing_of_the_transaction_is_left(db: MysqlDatabase) -> None:
    async with db.transaction() as holder:
        await holder.execute(ADD, {"id": "b"})
        with pytest.raises(Contention):
            async with db.transaction() as tx:
                await tx.execute(ADD, {"id": "a"})
                with pytest.raises(Contention):
                    async with tx.savepoint():
                        await tx.execute(ADD, {"id": "b"})
                await tx.execute(ADD, {"id": "a"})  # who goes on all the same is told again
        await db.execute(ADD, {"id": "a"})  # its lock went with it
    assert await numbers(db) == [1, 1]


async def test_a_lone_statement_that_waits_too_long_is_contention(db: MysqlDatabase) -> None:
    async with db.transaction() as holder:
        await holder.execute(ADD, {"id": "a"})
        with pytest.raises(Contention):
            await db.execute(ADD, {"id": "a"})


async def test_a_statement_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    async with opened(tmp_path, statement_seconds=0.2) as db:
        with pytest.raises(Transient) as caught:
            await db.fetch_one(SLEEP, {"seconds": 30})
        assert caught.value.reason == "too_slow"
        assert "statement_seconds" in caught.value.detail
        assert await db.fetch_one("SELECT 1 AS one") == {"one": 1}


async def test_streams_and_tables_may_take_longer(tmp_path: Path) -> None:
    async with opened(tmp_path, statement_seconds=0.2) as db:
        rows = [row["s"] async for row in db.iterate(SLEEP, {"seconds": 0.4})]
        assert rows == [0]
        await db.execute("CREATE TABLE t AS SELECT sleep(0.4) AS s")
        async with db.transaction(read_only=True) as snapshot:
            with pytest.raises(Transient):  # the limit is back
                await snapshot.fetch_one(SLEEP, {"seconds": 5})


async def test_a_cancelled_statement_is_stopped_at_the_server(db: MysqlDatabase) -> None:
    task = asyncio.create_task(db.fetch_one(SLEEP, {"seconds": 60}))
    await _until_running("SELECT sleep")
    task.cancel()
    async with asyncio.timeout(5):
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await running("SELECT sleep") == 0
    assert await db.fetch_one("SELECT 1 AS one") == {"one": 1}


async def test_a_cancelled_write_in_a_transaction_dooms_it(db: MysqlDatabase) -> None:
    async with db.transaction() as holder:
        await holder.execute(ADD, {"id": "b"})
        with pytest.raises(RuntimeError, match="was cancelled"):
            async with db.transaction() as tx:
                await tx.execute(ADD, {"id": "a"})
                task = asyncio.create_task(tx.execute(ADD, {"id": "b"}))
                await _until_running("UPDATE t")
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
    assert await numbers(db) == [0, 1]


async def test_a_stream_that_ends_early_is_stopped(db: MysqlDatabase) -> None:
    many = "SELECT a.seq AS n FROM seq_1_to_1000000 a"
    for _ in range(3):
        async with aclosing(db.iterate(many)) as rows:
            async for row in rows:
                assert row == {"n": 1}
                break
    assert await running("SET STATEMENT") == 0
    async with db.transaction() as tx, aclosing(tx.iterate(many)) as rows:
        assert await anext(rows) == {"n": 1}
        assert await tx.execute(ADD, {"id": "a"}) == 1  # takes what is left of the rows into memory first
        assert [row["n"] async for row in rows][-1] == 1_000_000
    assert await numbers(db) == [1, 0]


async def test_a_stream_that_is_cancelled_leaves_a_connection_that_works(db: MysqlDatabase) -> None:
    many = "SELECT a.seq AS n, repeat('x', 1000) AS t FROM seq_1_to_1000000 a"
    first = await db.fetch_one("SELECT connection_id() AS id")
    for seconds in (0.002, 0.01, 0.03, 0.1):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(seconds), aclosing(db.iterate(many)) as rows:
                async for _ in rows:
                    pass
        assert await running("SET STATEMENT") == 0
        assert await db.fetch_one("SELECT connection_id() AS id") == first


async def test_when_all_connections_are_in_use_the_wait_is_bounded(db: MysqlDatabase) -> None:
    tasks = [asyncio.create_task(db.fetch_one(SLEEP, {"seconds": 1})) for _ in range(4)]
    await asyncio.sleep(0)
    with pytest.raises(Transient) as caught:
        await db.fetch_one("SELECT 1 AS one")
    assert caught.value.reason == "database_busy"
    await asyncio.gather(*tasks)
    assert await db.fetch_one("SELECT 1 AS one") == {"one": 1}


async def test_a_storm_of_cancellations_leaves_no_statement_behind(tmp_path: Path) -> None:
    async with opened(tmp_path, pool_max=5) as db:
        tasks = [asyncio.create_task(db.fetch_one(SLEEP, {"seconds": 30})) for _ in range(60)]
        await _until_running("SELECT sleep")
        for task in tasks:
            task.cancel()
        async with asyncio.timeout(20):
            await asyncio.gather(*tasks, return_exceptions=True)
        assert all(task.cancelled() for task in tasks)
        assert await running("SELECT sleep") == 0
        assert [row["one"] for row in await asyncio.gather(*(db.fetch_one("SELECT 1 AS one") for _ in range(30)))]  # type: ignore[index]
        found = await admin("SELECT count(*) FROM information_schema.processlist WHERE command = 'Query'")
        assert found == [(1,)]  # the one that asks


async def test_a_connection_that_an_administrator_ends(db: MysqlDatabase) -> None:
    with pytest.raises(Away, match="nothing was committed"):
        async with db.transaction() as tx:
            found = await tx.fetch_one("SELECT connection_id() AS id")
            assert found is not None
            await tx.execute(ADD, {"id": "a"})
            await admin(f"KILL {found['id']}")
            for _ in range(2):
                with pytest.raises(Away):
                    await tx.execute(ADD, {"id": "a"})
    assert await numbers(db) == [0, 0]


async def test_what_does_not_fit_is_an_error_and_not_cut_off(db: MysqlDatabase) -> None:
    with pytest.raises(Exception, match="too long"):
        await db.execute("UPDATE t SET t = :t WHERE id = 'a'", {"t": "123456"})
    with pytest.raises(Exception, match="Out of range"):
        await db.execute("UPDATE t SET n = :n WHERE id = 'a'", {"n": 1e30})
    assert await db.fetch_one("SELECT t, n FROM t WHERE id = 'a'") == {"t": None, "n": 0}


async def test_a_value_that_cannot_be_sent_harms_nothing(db: MysqlDatabase) -> None:
    async with db.transaction() as tx:
        await tx.execute(ADD, {"id": "a"})
        for value in ("\ud800", 2**70, object()):
            with pytest.raises(Exception) as caught:  # noqa: PT011 - each its own
                await tx.execute("UPDATE t SET t = :t WHERE id = 'a'", {"t": value})  # type: ignore[dict-item]
            assert not isinstance(caught.value, Away)
    assert await numbers(db) == [1, 0]


async def test_an_index_is_named_in_a_transaction_of_many_rows(db: MysqlDatabase) -> None:
    await db.execute("CREATE UNIQUE INDEX t_short ON t (t)")
    rows = [{"id": f"x{n}", "n": n, "t": f"{n % 99}"} for n in range(150)]
    with pytest.raises(UniqueViolation) as caught:
        await db.execute_many("INSERT INTO t (id, n, t) VALUES (:id, :n, :t)", rows)
    assert caught.value.index == "t_short"
    assert await numbers(db) == [0, 0]


async def test_many_rows_take_few_round_trips_also_without_the_protocol_for_them(
    db: MysqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sent() -> int:
        found = await db.fetch_one(
            "SELECT variable_value AS v FROM information_schema.session_status WHERE variable_name = 'QUESTIONS'"
        )
        assert found is not None
        return int(found["v"])

    before = await sent()
    rows = [{"id": f"x{n:04}", "n": n, "t": None if n % 2 else "t"} for n in range(1000)]
    assert await db.execute_many("INSERT INTO t (id, n, t) VALUES (:id, :n, :t)", rows) == 1000
    first = await sent()
    mixed = [{"id": f"y{n:04}", "n": n if n % 2 else float(n), "t": None} for n in range(1000)]
    assert await db.execute_many("INSERT INTO t (id, n, t) VALUES (:id, :n, :t)", mixed) == 1000
    assert first - before < 12
    assert await sent() - first < 45
    assert (await db.fetch_all("SELECT count(*) AS c, sum(n) AS s FROM t")) == [{"c": 2002, "s": 999_000}]


async def test_a_table_made_in_a_transaction_does_not_end_it_for_what_follows(db: MysqlDatabase) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.transaction() as tx:
            await tx.execute(ADD, {"id": "a"})
            await tx.execute("CREATE TABLE other (id INTEGER)")  # commits what went before: the server's way
            await tx.execute(ADD, {"id": "b"})
            raise ZeroDivisionError
    assert await numbers(db) == [1, 0]


@pytest.mark.parametrize("statement", ["BEGIN", "START TRANSACTION", "SET autocommit = 0"])
async def test_a_transaction_by_hand_is_refused(db: MysqlDatabase, statement: str) -> None:
    with pytest.raises(RuntimeError, match=r"use Database\.transaction"):
        await db.execute(statement)
        await db.execute(ADD, {"id": "a"})
    assert await numbers(db) == [0, 0]


@pytest.mark.parametrize("statement", ["COMMIT", "ROLLBACK"])
async def test_a_transaction_is_not_ended_by_hand(db: MysqlDatabase, statement: str) -> None:
    with pytest.raises(Away):
        async with db.transaction() as tx:
            with pytest.raises(RuntimeError, match=r"use Database\.transaction"):
                await tx.execute(statement)


async def test_values_of_all_kinds_come_as_the_contract_says(db: MysqlDatabase) -> None:
    text = (
        "SELECT sum(n) AS i, avg(n) AS f, CAST(1.50 AS DECIMAL(5,2)) AS d, "
        "CAST('2026-01-02 03:04:05' AS DATETIME) AS t, JSON_OBJECT('a', 1) AS j, :b AS b, CAST(:s AS CHAR) AS s FROM t"
    )
    given = {"b": b"\0\xff", "s": "ä"}
    expected = {"i": 0, "f": 0.0, "d": 1.5, "t": "2026-01-02 03:04:05", "j": '{"a": 1}', "b": b"\0\xff", "s": "ä"}
    assert await db.fetch_one(text, given) == expected
    assert [row async for row in db.iterate(text, given)] == [expected]


async def test_exists_is_asked_row_by_row(db: MysqlDatabase) -> None:
    """A page over a condition that much fulfils stops when it is full."""
    exists = "EXISTS (SELECT 1 FROM t AS o WHERE o.id = t.id AND o.n >= 0)"
    plan = await db.fetch_all(f"EXPLAIN SELECT id FROM t WHERE {exists} ORDER BY id LIMIT 1")
    assert [row["select_type"] for row in plan] == ["PRIMARY", "DEPENDENT SUBQUERY"]


async def test_shared_locks_are_written_as_the_server_knows_them(db: MysqlDatabase) -> None:
    import sqlalchemy as sa

    t = sa.table("t", sa.column("id"), sa.column("n"))
    for locked in (
        sa.select(t.c.n).with_for_update(read=True),
        sa.select(t.c.n).with_for_update(skip_locked=True),
        sa.select(t.c.n).with_for_update(nowait=True),
    ):
        async with db.transaction() as tx:
            assert len(await tx.fetch_all(db.render(locked))) == 2
