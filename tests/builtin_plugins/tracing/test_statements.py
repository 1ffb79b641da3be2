"""What a trace shows of a statement."""

from __future__ import annotations

import pytest

from newel_tracing.statements import LONGEST, READ, shown


@pytest.mark.parametrize(
    ("statement", "name", "text"),
    [
        ("SELECT a\n  FROM things\tWHERE id = :id", "SELECT things", "SELECT a FROM things WHERE id = :id"),
        ("select * from t where a='x''y' and b = 1.5 and c=-7", "SELECT t", None),
        ("INSERT INTO t2 (a1, b) VALUES ($1, $2)", "INSERT t2", "INSERT INTO t2 (a1, b) VALUES ($1, $2)"),
        ("UPDATE `t` SET a = %s LIMIT 10", "UPDATE t", "UPDATE `t` SET a = %s LIMIT ?"),
        ('DELETE FROM t WHERE t."key" = :k', "DELETE t", 'DELETE FROM t WHERE t."key" = :k'),
        ("SAVEPOINT point_1", "SAVEPOINT", "SAVEPOINT point_1"),
        ("", "?", ""),
    ],
)
def test_its_name_and_its_text(statement: str, name: str, text: str | None) -> None:
    assert (shown(statement).name, shown(statement).text) == (
        name, "select * from t where a=?? and b = ? and c=-?" if text is None else text,
    )  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 'hunter2'", "SELECT * FROM t WHERE p = 'it''s hunter2'", "SELECT 0xhunter2", "SELECT X'hunter2'",
        'SELECT * FROM t WHERE p = "hunter2"', r"SELECT 'a\'hunter2'",
        r"SELECT * FROM t WHERE a = '\' OR p = 'hunter2'",
        "SELECT $$hunter2$$", "SELECT $a$hunter2$a$", "SELECT 1 -- ' hunter2\n, '", "SELECT 1 /* ' hunter2 */",
        "SELECT 'hunter2", "SELECT '" + "x" * READ + "hunter2'",
    ],
)  # fmt: skip
def test_no_value_that_a_plugin_wrote_into_it(statement: str) -> None:
    assert "hunter2" not in str(shown(statement))


def test_it_is_bounded() -> None:
    columns = ", ".join(f"column_{number}" for number in range(10_000))
    assert len(shown(f"SELECT {columns} FROM t").text) == LONGEST
