"""Values and errors as only PostgreSQL has them."""

# ruff: noqa: PT012 - the block of a transaction is what raises

from __future__ import annotations

import traceback
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.builtin_plugins.postgres.opened import Databases

from newel.contracts.database import Contention
from newel.errors import NewelError, Reject
from newel_postgres.database import PostgresDatabase

pytestmark = pytest.mark.engine
OPERATORS = (
    "OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 upside_down(bigint, bigint)"
)
TEXT = "INSERT INTO t (id, text) VALUES (:id, :text)"


@pytest.fixture
async def db(databases: Databases, tmp_path: Path) -> AsyncIterator[PostgresDatabase]:
    async with databases.opened(tmp_path) as opened:
        await opened.execute('CREATE TABLE t (id BIGINT PRIMARY KEY, text TEXT COLLATE "C", flag BOOLEAN, n NUMERIC)')
        yield opened


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("sum(n) FROM (VALUES (9223372036854775807::bigint), (1::bigint)) AS v (n)", 2**63),
        ("avg(n) FROM (VALUES (1::bigint), (2::bigint)) AS v (n)", 1.5),
        ("1.50::numeric", 1.5),
        ("2 > 1", 1),
        ("2 < 1", 0),
        ("NULL::boolean", None),
        ("DATE '2026-01-02'", "2026-01-02"),
        ("TIMESTAMPTZ '2026-01-02T03:04:05Z'", "2026-01-02 03:04:05+00"),
        ("'{\"a\": 1}'::jsonb", '{"a": 1}'),
        ("'3f2b8f4e-0000-4000-8000-000000000000'::uuid", "3f2b8f4e-0000-4000-8000-000000000000"),
        ("7 / 2", 3),
        ("'a' || 'b'", "ab"),
    ],
)
async def test_values_are_of_the_contracts_types(db: PostgresDatabase, expression: str, value: Any) -> None:
    found = await db.fetch_one(f"SELECT {expression}")
    assert found is not None
    (got,) = found.values()
    assert (got, type(got)) == (value, type(value))


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
async def test_what_no_text_can_be_is_the_callers_fault(db: PostgresDatabase, text: str) -> None:
    with pytest.raises(Reject) as caught:
        await db.execute(TEXT, {"id": 1, "text": text})
    assert caught.value.reason == "not_text"
    with pytest.raises(Reject):
        await db.execute_many(TEXT, [{"id": 1, "text": "fine"}, {"id": 2, "text": text}])
    assert await db.fetch_all("SELECT id FROM t") == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"id": 1, "text": 40_302_010}, "':text' (int) does not fit: expected str, got int"),
        ({"id": "40302010", "text": "a"}, "':id' (str) does not fit"),
        ({"id": 40_302_010.5, "text": "a"}, "':id' (float) does not fit"),
        ({"id": 40_302_010 << 60, "text": "a"}, "':id' (int) does not fit: value out of int64 range"),
    ],
)
async def test_a_value_of_the_wrong_type_is_a_bug_that_shows_no_value(
    db: PostgresDatabase, values: Any, said: str
) -> None:
    with pytest.raises(RuntimeError) as caught:
        await db.execute(TEXT, values)
    assert said in str(caught.value)
    assert f"statement: {TEXT.replace(':id', '$1').replace(':text', '$2')}" in caught.value.__notes__
    assert "40302010" not in "".join(traceback.format_exception(caught.value))


async def test_what_the_server_quotes_is_not_shown(db: PostgresDatabase) -> None:
    await db.execute("ALTER TABLE t ALTER COLUMN flag SET NOT NULL")
    values = {"id": 1, "text": "s" * 3}  # so written that no line of code has it
    with pytest.raises(RuntimeError, match="flag") as caught:
        await db.execute(TEXT, values)
    assert not isinstance(caught.value, NewelError)
    assert "sss" not in "".join(traceback.format_exception(caught.value))


async def test_booleans_are_numbers_on_both_ways(db: PostgresDatabase) -> None:
    for id, flag in ((1, 1), (2, 0), (3, True), (4, None)):
        await db.execute("INSERT INTO t (id, flag) VALUES (:id, :flag)", {"id": id, "flag": flag})
    found = await db.fetch_all("SELECT flag FROM t WHERE flag = :flag OR flag IS NULL ORDER BY id", {"flag": 1})
    assert found == [{"flag": 1}, {"flag": 1}, {"flag": None}]
    with pytest.raises(RuntimeError, match="flag"):
        await db.execute("INSERT INTO t (id, flag) VALUES (5, :flag)", {"flag": 2})


async def test_many_rows_in_every_form_are_counted(db: PostgresDatabase) -> None:
    rows = [{"id": n} for n in range(3)]
    assert await db.execute_many("INSERT INTO t (id) VALUES (:id)", rows) == 3
    assert await db.execute_many("INSERT INTO t (id) VALUES (:id) ON CONFLICT DO NOTHING", [*rows, {"id": 9}]) == 1
    assert await db.execute_many("INSERT INTO t (id) SELECT id + :id FROM t WHERE id = 9", [{"id": 1}, {"id": 2}]) == 2
    assert await db.execute_many("UPDATE t SET n = 1 WHERE id <= :id", rows) == 6
    assert await db.execute_many("DELETE FROM t WHERE id = :id RETURNING id", [*rows, {"id": 99}]) == 3


async def test_a_table_that_changes_under_a_known_statement(db: PostgresDatabase) -> None:
    whole = "SELECT * FROM t"
    await db.execute("INSERT INTO t (id) VALUES (1)")
    await db.fetch_all(whole)
    async with db.transaction() as tx:
        await tx.fetch_all(whole)
    await db.execute("ALTER TABLE t ADD COLUMN more BIGINT")
    with pytest.raises(Contention):  # running it again is right
        async with db.transaction() as tx:
            await tx.fetch_all(whole)
    async with db.transaction() as tx:
        assert "more" in (await tx.fetch_all(whole))[0]
    assert "more" in (await db.fetch_all(whole))[0]


async def test_a_failure_that_is_swallowed_is_never_committed(db: PostgresDatabase) -> None:
    with pytest.raises(RuntimeError, match="nothing was committed: a statement in it failed"):
        async with db.transaction() as tx:
            await tx.execute(TEXT, {"id": 1, "text": "a"})
            with suppress(NewelError):
                await tx.execute(TEXT, {"id": 1, "text": "b"})
    assert await db.fetch_all("SELECT id FROM t") == []


async def test_the_check_finds_what_is_invalid(db: PostgresDatabase) -> None:
    await db.execute("ALTER TABLE t ADD CONSTRAINT positive CHECK (id > 0) NOT VALID")
    await db.execute("CREATE INDEX t_text ON t (text)")
    await db.execute("CREATE EXTENSION amcheck")
    assert await db.check() == ["constraint positive of t was never checked: VALIDATE it"]
    await db.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_text'::regclass")
    assert "index t_text is invalid: REINDEX it" in await db.check()


async def test_a_damaged_index_is_found(db: PostgresDatabase) -> None:
    """What its operators say is turned round, so the order within it is wrong."""
    await db.execute("CREATE EXTENSION amcheck")
    await db.execute_many(TEXT, [{"id": n, "text": f"{n:04}"} for n in range(500)])
    for statement in (
        "CREATE FUNCTION upside_down(bigint, bigint) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT btint8cmp($1, $2)'",
        f"CREATE OPERATOR CLASS upside_ops FOR TYPE bigint USING btree AS {OPERATORS}",
        "CREATE INDEX t_upside ON t (id upside_ops)",
    ):
        await db.execute(statement)
    assert await db.check() == []
    await db.execute(
        "CREATE OR REPLACE FUNCTION upside_down(bigint, bigint) RETURNS int LANGUAGE sql IMMUTABLE AS"
        " 'SELECT btint8cmp($2, $1)'"
    )
    found = await db.check()
    assert len(found) == 1
    assert found[0].startswith("index t_upside is damaged")


async def test_a_snapshot_that_locks_rows_is_a_bug(db: PostgresDatabase) -> None:
    with pytest.raises(RuntimeError, match="read-only"):
        async with db.transaction(read_only=True) as snapshot:
            await snapshot.fetch_all("SELECT id FROM t FOR UPDATE")


async def test_without_prepared_statements(databases: Databases, tmp_path: Path) -> None:
    async with databases.opened(tmp_path, statement_cache=0) as db:
        for n in range(3):
            assert await db.fetch_one("SELECT :n + 1 AS n", {"n": n}) == {"n": n + 1}


async def test_columns_without_null_are_left_to_their_index(db: PostgresDatabase) -> None:
    table = sa.Table("t", sa.MetaData(), sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("n", sa.Numeric))
    text = db.render(sa.select(table.c.id).order_by(table.c.n.desc(), table.c.id, table.c.n.nulls_last()))
    assert text.endswith("ORDER BY t.n DESC NULLS LAST, t.id, t.n NULLS LAST")
    aliased = table.alias("other")
    assert db.render(sa.select(aliased.c.id).order_by(aliased.c.id)).endswith("ORDER BY other.id")
