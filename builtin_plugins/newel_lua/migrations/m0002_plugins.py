"""What was decided about plugins, and what each process knows of them; ``life_tables.py`` says what it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Makes the tables of plugins, approvals and nodes."""
    from sqlalchemy import Column, Integer, String, Text

    op.create_table(
        "lua_plugins",
        Column("name", String(32), primary_key=True),
        Column("enabled", Integer, nullable=False),
        Column("version", String(64), nullable=False),
        Column("code", String(64), nullable=False),
        Column("settings_json", Text, nullable=False),
        Column("asked", Integer, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("updated_at", String(24), nullable=False),
    )
    op.create_table(
        "lua_approvals",
        Column("plugin", String(32), primary_key=True),
        Column("kind", String(16), primary_key=True),
        Column("name", String(300), primary_key=True),
        Column("terms", String(100), nullable=False),
        Column("version", String(64), primary_key=True),
        Column("approved_by", String(128), nullable=False),
        Column("approved_at", String(24), nullable=False),
    )
    op.create_table(
        "lua_nodes",
        Column("node", String(26), primary_key=True),
        Column("plugin", String(32), primary_key=True),
        Column("facts_json", Text, nullable=False),
        Column("seen_at", String(24), nullable=False),
    )
