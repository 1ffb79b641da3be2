"""The first tables; what they are for stands in ``tables.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Makes the tables of the site's id, of notes and of known snapshots."""
    from sqlalchemy import BigInteger, Column, Integer, String, Text

    op.create_table(
        "backup_state",
        Column("name", String(191), primary_key=True),
        Column("value", Text, nullable=False),
    )
    op.create_table(
        "backup_notes",
        Column("name", String(191), primary_key=True),
        Column("value", Text, nullable=False),
    )
    op.create_table(
        "backup_snapshots",
        Column("target", String(48), primary_key=True),
        Column("id", String(26), primary_key=True),
        Column("repository", String(26), nullable=False),
        Column("schedule", String(48), nullable=False),
        Column("at", String(24), nullable=False),
        Column("ended_at", String(24), nullable=False),
        Column("seconds", Integer, nullable=False),
        Column("rows", BigInteger, nullable=False),
        Column("files", BigInteger, nullable=False),
        Column("bytes", BigInteger, nullable=False),
        Column("added", BigInteger, nullable=False),
        Column("missing", Integer, nullable=False),
        Column("verified_at", String(24)),
        Column("drilled_at", String(24)),
    )
    op.create_index("backup_snapshots_at", "backup_snapshots", ["at"])
