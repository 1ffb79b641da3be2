"""The tables that the suite works on."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.mysql import LONGTEXT
from sqlalchemy.schema import CreateTable

from newel.contracts.database import Queries

_metadata = sa.MetaData()


def text(length: int) -> sa.String:
    """Text that compares and sorts by its bytes on every engine."""
    return (
        sa.String(length)
        .with_variant(sa.String(length, collation="C"), "postgresql")
        .with_variant(sa.String(length, collation="utf8mb4_0900_bin"), "mysql")
    )


items = sa.Table(
    "suite_items", _metadata,
    sa.Column("id", text(26), primary_key=True),
    sa.Column("n", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("x", sa.Double),
    sa.Column("t", sa.Text().with_variant(LONGTEXT(), "mysql")),
    sa.Column("b", sa.LargeBinary),
    sa.Column("k", text(80)),
    sa.UniqueConstraint("k", name="suite_items_k"),
)  # fmt: skip
children = sa.Table(
    "suite_children", _metadata,
    sa.Column("id", text(26), primary_key=True),
    sa.Column("item", text(26), sa.ForeignKey("suite_items.id"), nullable=False),
)  # fmt: skip

PUT = "INSERT INTO suite_items (id, n, x, t, b, k) VALUES (:id, :n, :x, :t, :b, :k)"
BUMP = "UPDATE suite_items SET n = n + 1 WHERE id = :id"


async def create(db: Any) -> None:
    for table in (items, children):
        await db.execute(db.render(CreateTable(table)))


def values(id: str, **given: Any) -> dict[str, Any]:
    return {"id": id, "n": 0, "x": None, "t": None, "b": None, "k": None} | given


async def put(db: Queries, id: str, **given: Any) -> int:
    return await db.execute(PUT, values(id, **given))


async def ids(db: Queries) -> list[str]:
    return [row["id"] for row in await db.fetch_all("SELECT id FROM suite_items ORDER BY id")]


async def number(db: Queries, id: str) -> int:
    row = await db.fetch_one("SELECT n FROM suite_items WHERE id = :id", {"id": id})
    assert row is not None, f"there is no row '{id}'"
    return int(row["n"])
