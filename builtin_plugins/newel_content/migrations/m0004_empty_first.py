"""PostgreSQL keeps entries without a value at the end of an index, and lists want them first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Makes the index of fields anew there, so that lists are read in order and not sorted. Elsewhere it is right."""
    if op.get_context().dialect.name == "postgresql":
        op.drop_index("content_index_key", "content_index")
        op.create_index(
            "content_index_key",
            "content_index",
            ["type", "field", "stage", "locale", text("sort_key NULLS FIRST"), "entry"],
        )
