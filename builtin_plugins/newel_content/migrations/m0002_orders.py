"""Indexes for two more orders: published entries by position, drafts by id."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """A list by position, and one by id, then read their entries in order instead of sorting all of them."""
    op.create_index("content_published_position", "content_published", ["type", "locale", "position", "entry"])
    op.create_index("content_entries_type", "content_entries", ["type", "deleted_at", "id"])
