"""The list of plugins' tables; what it is for stands in ``tables.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Makes the list."""
    from sqlalchemy import Column, String, Text

    op.create_table(
        "lua_tables",
        Column("table_name", String(64), primary_key=True),
        Column("plugin", String(64), nullable=False),
        Column("name", String(64), nullable=False),
        Column("definition", Text, nullable=False),
        Column("declared", Text, nullable=False),
        Column("changed_at", String(24), nullable=False),
    )
    op.create_index("lua_tables_plugin", "lua_tables", ["plugin", "name"], unique=True)
