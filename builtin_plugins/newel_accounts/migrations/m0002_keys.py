"""The table of SSH public keys; what it is for stands in ``tables.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Makes ``accounts_keys``."""
    from sqlalchemy import Column, ForeignKey, String, Text
    from sqlalchemy import UniqueConstraint as Unique

    op.create_table(
        "accounts_keys",
        Column("id", String(26), primary_key=True),
        Column("owner", String(26), ForeignKey("accounts_users.id", ondelete="CASCADE"), nullable=False),
        Column("label", String(191), nullable=False),
        Column("public_key", Text, nullable=False),
        Column("fingerprint", String(50), nullable=False),
        Column("operation", String(128)),
        Column("sources", Text),
        Column("expires_at", String(24)),
        Column("created_at", String(24), nullable=False),
        Column("last_used_at", String(24)),
        Unique("fingerprint", name="accounts_keys_fingerprint"),
    )
    op.create_index("accounts_keys_owner", "accounts_keys", ["owner", "id"])
