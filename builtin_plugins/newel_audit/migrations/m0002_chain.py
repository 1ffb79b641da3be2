"""Outcomes, the hybrid clock and the chain; what they are for stands in ``tables.py``. Old rows stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Adds the columns, and makes the table of the chains' heads."""
    from sqlalchemy import BigInteger, Column, Integer, String

    for column in (
        Column("outcome", String(8), nullable=False, server_default="done"),
        Column("detail", String(128), nullable=False, server_default=""),
        Column("hlc", String(48)),
        Column("node", String(16)),
        Column("day", String(10)),
        Column("stripe", Integer),
        Column("seq", BigInteger),
        Column("hash", String(64)),
    ):
        op.add_column("audit_log", column)
    op.create_index("audit_log_outcome", "audit_log", ["outcome", "id"])
    op.create_index("audit_log_request", "audit_log", ["request_id", "id"])
    op.create_index("audit_log_chain", "audit_log", ["day", "stripe", "seq"])
    op.create_table(
        "audit_heads",
        Column("day", String(10), primary_key=True),
        Column("stripe", Integer, primary_key=True, autoincrement=False),
        Column("stripes", Integer, nullable=False),
        Column("opened", String(48), nullable=False),
        Column("prior_day", String(10), nullable=False),
        Column("start", String(64), nullable=False),
        Column("seq", BigInteger, nullable=False),
        Column("hash", String(64), nullable=False),
        Column("hlc", String(48), nullable=False),
        Column("next_day", String(10), nullable=False),
        Column("pruned", BigInteger, nullable=False),
        Column("pruned_hash", String(64), nullable=False),
        Column("breaks", Integer, nullable=False),
        Column("key_id", String(16), nullable=False),
        Column("mac", String(64), nullable=False),
    )
