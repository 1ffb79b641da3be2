"""What is a read, what is counted, and how errors of SQLite's own kind come out."""

# ruff: noqa: PT012 - the block of a transaction is what raises

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.builtin_plugins.sqlite.opened import opened

from newel.contracts.database import ForeignKeyViolation, UniqueViolation
from newel.errors import Transient
from newel_sqlite.database import SqliteDatabase
from newel_sqlite.statements import KEPT, Statement, Statements


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    async with opened(tmp_path, "sqlite://") as database:
        await database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER UNIQUE, m INTEGER)")
        await database.execute_many("INSERT INTO t (id, n) VALUES (:n, :n)", [{"n": n} for n in range(5)])
        yield database


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("SELECT 1", True), ("  select 1", True), ("-- why\n/* and */ SELECT 1", True), ("VALUES (1)", True),
        ("WITH x AS (SELECT 1) SELECT replace('a', 'b', 'c') FROM x", True), ("EXPLAIN SELECT 1", True),
        ("INSERT INTO t DEFAULT VALUES", False), ("UPDATE t SET n = 1 RETURNING n", False), ("DELETE FROM t", False),
        ("WITH x AS (SELECT 1) UPDATE t SET n = 1", False), ("WITH x AS (SELECT 1) DELETE FROM t", False),
        ("WITH x AS (SELECT 1) INSERT OR IGNORE INTO t SELECT 1", False), ("PRAGMA optimize", False), ("", False),
    ],
)  # fmt: skip
def test_reads_are_told_from_writes(text: str, reads: bool) -> None:
    assert Statement(text).reads is reads


def test_only_so_many_texts_are_remembered() -> None:
    statements = Statements()
    first = statements.of("SELECT 0")
    assert statements.of("SELECT 0") is first
    for n in range(KEPT):
        statements.of(f"SELECT {n + 1}")
    assert statements.of("SELECT 0") is not first


async def test_rows_of_a_write(db: SqliteDatabase) -> None:
    update = "UPDATE t SET m = :m WHERE id < 2 RETURNING id, m"
    assert await db.fetch_all(update, {"m": 7}) == [{"id": 0, "m": 7}, {"id": 1, "m": 7}]
    assert await db.fetch_one(update, {"m": 8}) == {"id": 0, "m": 8}
    assert await db.fetch_one("SELECT count(*) AS c FROM t WHERE m = 8") == {"c": 2}
    assert [row["m"] async for row in db.iterate(update, {"m": 9})] == [9, 9]


@pytest.mark.parametrize(
    ("statement", "count"),
    [
        ("UPDATE t SET m = 1 WHERE id < 2 RETURNING id", 2),
        ("WITH x AS (SELECT 3 AS y) UPDATE t SET m = 1 WHERE id < (SELECT y FROM x)", 3),
        ("WITH x AS (SELECT 3 AS y) DELETE FROM t WHERE id > (SELECT y FROM x)", 1),
        ("INSERT OR IGNORE INTO t (id) VALUES (1)", 0),
        ("INSERT INTO t (id, m) VALUES (1, 1) ON CONFLICT DO UPDATE SET m = 2", 1),
        ("CREATE TABLE more (id INTEGER)", 0),
        ("SELECT * FROM t", 0),
    ],
)
async def test_what_is_counted(db: SqliteDatabase, statement: str, count: int) -> None:
    assert await db.execute(statement) == count


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("INSERT INTO t (id) VALUES (1)", "t.id"),
        ("UPDATE t SET n = 1 WHERE id = 2", "t.n"),
        ("INSERT INTO pair VALUES (1, 2), (1, 2)", "pair.a, pair.b"),
        ("INSERT INTO folded VALUES ('A'), ('a')", "folded_lower"),
    ],
)
async def test_the_index_that_said_no(db: SqliteDatabase, statement: str, index: str) -> None:
    await db.execute("CREATE TABLE pair (a INTEGER, b INTEGER, UNIQUE (a, b))")
    await db.execute("CREATE TABLE folded (a TEXT)")
    await db.execute("CREATE UNIQUE INDEX folded_lower ON folded (lower(a))")
    with pytest.raises(UniqueViolation) as caught:
        await db.execute(statement)
    assert caught.value.index == index


async def test_a_constraint_that_is_checked_at_the_commit(db: SqliteDatabase) -> None:
    await db.execute("CREATE TABLE later (t INTEGER REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(ForeignKeyViolation):
        async with db.transaction() as tx:
            await tx.execute("INSERT INTO later VALUES (99)")
            await tx.execute("UPDATE t SET m = 5")
    assert await db.fetch_one("SELECT count(*) AS c FROM t WHERE m = 5") == {"c": 0}
    await db.execute("INSERT INTO later VALUES (1)")


async def test_a_full_disk_is_a_passing_state(db: SqliteDatabase) -> None:
    pages = await db.fetch_one("PRAGMA page_count")
    assert pages is not None
    await db.execute(f"PRAGMA max_page_count={pages['page_count'] + 2}")
    await db.execute("CREATE TABLE big (data BLOB)")
    with pytest.raises(Transient) as caught:
        async with db.transaction() as tx:
            await tx.execute("UPDATE t SET m = 5")
            await tx.execute("INSERT INTO big VALUES (zeroblob(1000000))")
    assert caught.value.reason == "disk_full"
    assert await db.fetch_one("SELECT count(*) AS c FROM t WHERE m = 5") == {"c": 0}
    await db.execute("PRAGMA max_page_count=1000000")
    await db.execute("INSERT INTO big VALUES (zeroblob(1000000))")


async def test_a_bug_is_told_with_its_statement_and_without_its_values(db: SqliteDatabase) -> None:
    with pytest.raises(Exception, match="no such column") as caught:
        await db.fetch_one("SELECT missing FROM t WHERE id = :id", {"id": "secret"})
    assert caught.value.__notes__ == ["statement: SELECT missing FROM t WHERE id = :id"]


async def test_a_write_inside_ones_own_transaction_would_wait_for_itself(db: SqliteDatabase) -> None:
    async with db.transaction() as tx:
        with pytest.raises(RuntimeError, match="use the transaction"):
            await db.execute("UPDATE t SET m = 1")
        with pytest.raises(RuntimeError, match="use the transaction"):
            async with db.transaction():
                pass
        await tx.execute("UPDATE t SET m = 2")
    assert await db.fetch_one("SELECT max(m) AS m FROM t") == {"m": 2}


async def test_transactions_by_hand_do_not_stay_open(db: SqliteDatabase) -> None:
    await db.execute("BEGIN")
    await db.execute("UPDATE t SET m = 1")
    with pytest.raises(RuntimeError, match="the engine ended it"):
        async with db.transaction() as tx:
            await tx.execute("ROLLBACK")
            await tx.execute("UPDATE t SET m = 2")
    assert await db.fetch_one("SELECT max(m) AS m FROM t") == {"m": 1}


async def test_a_read_that_was_mistaken_for_one_cannot_write(db: SqliteDatabase) -> None:
    statement = "WITH x AS (SELECT 1) INSERT\n/* hidden */ INTO t (id) VALUES (77)"
    assert Statement(statement).reads
    with pytest.raises(Exception, match="readonly"):
        await db.fetch_all(statement)


@pytest.mark.parametrize(
    ("clause", "text"),
    [
        (sa.select(sa.literal(b"\0\xff")), "SELECT X'00ff' AS anon_1"),
        (sa.select(sa.literal(True)), "SELECT 1 AS anon_1"),
        (sa.select(sa.literal("it's")), "SELECT 'it''s' AS anon_1"),
        (sa.select(sa.null()), "SELECT NULL AS anon_1"),
    ],
)
def test_literals_are_written_out(clause: sa.Select[tuple[object]], text: str) -> None:
    from sqlalchemy.dialects.sqlite.base import SQLiteDialect

    from newel.sql.rendering import Renderer

    assert Renderer(SQLiteDialect)(clause) == text


@pytest.mark.parametrize(
    "clause",
    [
        sa.select(sa.column("id").in_(sa.bindparam("ids", expanding=True))),
        sa.select(sa.bindparam("id", 5)),
        sa.select(sa.literal("a\0b")),
        sa.select(sa.literal("\\:")),
    ],
)
def test_what_has_no_place_in_fixed_text(clause: sa.Select[tuple[object]]) -> None:
    from sqlalchemy.dialects.sqlite.base import SQLiteDialect

    from newel.sql.rendering import Renderer

    with pytest.raises(ValueError, match=r"list|default|bind it"):
        Renderer(SQLiteDialect)(clause)


async def test_an_error_is_not_its_own_cause(db: SqliteDatabase) -> None:
    for statement in ("SELECT missing FROM t", "INSERT INTO t (id) VALUES (1)"):
        with pytest.raises(Exception) as caught:  # noqa: PT011 - two kinds
            await db.execute(statement)
        assert caught.value.__cause__ is not caught.value
