"""The ledger of ``migrations.lua``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Makes the table of the steps that plugins took."""
    from sqlalchemy import Column, Integer, String

    op.create_table(
        "lua_migrations",
        Column("plugin", String(32), primary_key=True),
        Column("number", Integer, primary_key=True),
        Column("name", String(200), nullable=False),
        Column("applied_at", String(24), nullable=False),
    )
