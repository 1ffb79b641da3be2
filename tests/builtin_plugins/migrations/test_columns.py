"""A column holds and compares the same values on every engine."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from newel_migrations.rendering import rendered

COLLATIONS = {"sqlite": "", "postgresql": "C", "mysql": "utf8mb4_nopad_bin"}


def column(kind: Any, dialect: Any) -> str:
    (made,) = rendered(lambda op: op.create_table("t_t", sa.Column("c", kind)), dialect, COLLATIONS[dialect])
    return made.partition("(\n")[2].strip().removesuffix(")").strip().removeprefix("c ")


@pytest.mark.parametrize(
    ("kind", "sqlite", "postgresql", "mysql"),
    [
        (sa.String(9), "VARCHAR(9)", 'VARCHAR(9) COLLATE "C"', "VARCHAR(9) COLLATE utf8mb4_nopad_bin"),
        (sa.String(9, collation="x"), 'VARCHAR(9) COLLATE x', 'VARCHAR(9) COLLATE "C"',
         "VARCHAR(9) COLLATE utf8mb4_nopad_bin"),
        (sa.Text(), "TEXT", 'TEXT COLLATE "C"', "LONGTEXT COLLATE utf8mb4_nopad_bin"),
        (sa.Integer(), "INTEGER", "BIGINT", "BIGINT"),
        (sa.BigInteger(), "BIGINT", "BIGINT", "BIGINT"),
        (sa.Boolean(), "BOOLEAN", "BIGINT", "BIGINT"),
        (sa.Float(), "FLOAT", "FLOAT", "DOUBLE"),
        (sa.Double(), "DOUBLE", "DOUBLE PRECISION", "DOUBLE"),
        (sa.LargeBinary(), "BLOB", "BYTEA", "LONGBLOB"),
    ],
)  # fmt: skip
def test_types(kind: Any, sqlite: str, postgresql: str, mysql: str) -> None:
    assert [column(kind, dialect) for dialect in COLLATIONS] == [sqlite, postgresql, mysql]


@pytest.mark.parametrize("dialect", COLLATIONS)
@pytest.mark.parametrize("kind", [sa.DateTime(), sa.Date(), sa.JSON(), sa.Numeric(10, 2)])
def test_types_that_differ_are_refused(kind: Any, dialect: Any) -> None:
    with pytest.raises(ValueError, match="differ between engines"):
        column(kind, dialect)


@pytest.mark.parametrize("dialect", COLLATIONS)
def test_a_number_that_counts_itself(dialect: Any) -> None:
    counting = sa.Column(
        "n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    (made,) = rendered(lambda op: op.create_table("t_t", counting), dialect, COLLATIONS[dialect])
    assert {"sqlite": "INTEGER NOT NULL", "postgresql": "BIGSERIAL", "mysql": "AUTO_INCREMENT"}[dialect] in made
