"""Outcomes, the hybrid clock and the chain; what they are for stands in ``tables.py``. Old rows stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.operations import Operations
    from sqlalchemy import String


def exact(length: int) -> String:
    """Text that is equal, and sorts, by its bytes on every engine."""
    from sqlalchemy import String

    return (
        String(length)
        .with_variant(String(length, collation="C"), "postgresql")
        .with_variant(String(length, collation="utf8mb4_bin"), "mysql", "mariadb")
    )


def upgrade(op: Operations) -> None:
    """Adds the columns, and makes the table of the chains' heads."""
    from sqlalchemy import BigInteger, Column, Integer

    for column in (
        Column("outcome", exact(8), nullable=False, server_default="done"),
        Column("detail", exact(128), nullable=False, server_default=""),
        Column("hlc", exact(48)),
        Column("node", exact(16)),
        Column("day", exact(10)),
        Column("stripe", Integer),
        Column("seq", BigInteger),
        Column("hash", exact(64)),
    ):
        op.add_column("audit_log", column)
    op.create_index("audit_log_outcome", "audit_log", ["outcome", "id"])
    op.create_index("audit_log_request", "audit_log", ["request_id", "id"])
    op.create_index("audit_log_chain", "audit_log", ["day", "stripe", "seq"])
    op.create_table(
        "audit_heads",
        Column("day", exact(10), primary_key=True),
        Column("stripe", Integer, primary_key=True, autoincrement=False),
        Column("stripes", Integer, nullable=False),
        Column("opened", exact(48), nullable=False),
        Column("prior_day", exact(10), nullable=False),
        Column("start", exact(64), nullable=False),
        Column("seq", BigInteger, nullable=False),
        Column("hash", exact(64), nullable=False),
        Column("hlc", exact(48), nullable=False),
        Column("next_day", exact(10), nullable=False),
        Column("pruned", BigInteger, nullable=False),
        Column("pruned_hash", exact(64), nullable=False),
        Column("breaks", Integer, nullable=False),
        Column("key_id", exact(16), nullable=False),
        Column("mac", exact(64), nullable=False),
    )
