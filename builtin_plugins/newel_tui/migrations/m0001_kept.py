"""The table of what was typed and not sent; what it is for stands in ``kept/tables.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Makes the table."""
    from sqlalchemy import Column, String, Text

    op.create_table(
        "tui_kept",
        Column("owner", String(128), primary_key=True),
        Column("name", String(200), primary_key=True),
        Column("values_json", Text(), nullable=False),
        Column("saved_at", String(24), nullable=False),
    )
    op.create_index("tui_kept_saved", "tui_kept", ["saved_at"])
