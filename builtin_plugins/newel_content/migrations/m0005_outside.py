"""Pointers at what is not content: files, products of a shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, String

if TYPE_CHECKING:
    from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Gives reference rows a name for what is outside. No field type pointed there before, so no row has one."""
    op.add_column("content_references", Column("outside", String(97)))
    op.create_index("content_references_outside", "content_references", ["outside"])
