"""The first table; what it is for stands in ``tables.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.operations import Operations
    from sqlalchemy import String, Text


def exact(length: int) -> String:
    """Text that is equal, and sorts, by its bytes on every engine."""
    from sqlalchemy import String

    return (
        String(length)
        .with_variant(String(length, collation="C"), "postgresql")
        .with_variant(String(length, collation="utf8mb4_bin"), "mysql", "mariadb")
    )


def long_text() -> Text:
    """Text of up to 16 MB on every engine."""
    from sqlalchemy import Text

    return Text().with_variant(Text(16_777_215), "mysql", "mariadb")


def upgrade(op: Operations) -> None:
    """Makes the table of kept answers."""
    from sqlalchemy import Column, String

    op.create_table(
        "idempotency_keys",
        Column("scope", exact(64), primary_key=True),
        Column("fingerprint", String(64), nullable=False),
        Column("answer", long_text()),
        Column("expires_at", exact(24), nullable=False),
    )
    op.create_index("idempotency_keys_expires", "idempotency_keys", ["expires_at"])
