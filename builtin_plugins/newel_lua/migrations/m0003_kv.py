"""The table of ``kv``; what it is for stands in ``tables_kv.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Makes the table of keys and values."""
    from sqlalchemy import Column, String, Text

    op.create_table(
        "lua_kv",
        Column("plugin", String(64), primary_key=True),
        Column("name", String(200), primary_key=True),
        Column("value", Text(), nullable=False),
        Column("expires_at", String(24)),
    )
    op.create_index("lua_kv_expires", "lua_kv", ["plugin", "expires_at"])
