"""The plugin's table, and the steps that make it. A step that has landed never changes; a new one follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel.contracts.migrations import Migration
from sqlalchemy import Column, MetaData, String, Table, Text

if TYPE_CHECKING:
    from alembic.operations import Operations

notes = Table(
    "sketch_notes",
    MetaData(),
    Column("id", String(26), primary_key=True),
    Column("text", Text, nullable=False),
    Column("by", String(200), nullable=False),
)


def _notes(op: Operations) -> None:
    op.create_table(
        "sketch_notes",
        Column("id", String(26), primary_key=True),
        Column("text", Text, nullable=False),
        Column("by", String(200), nullable=False),
    )


STEPS = (Migration(number=1, name="notes", upgrade=_notes),)
