"""The plugin's table, and the steps that make it. A step that has landed never changes; a new one follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, Integer, MetaData, String, Table

from newel.contracts.migrations import Migration

if TYPE_CHECKING:
    from alembic.operations import Operations

published = Table(
    "imprint_published", MetaData(),
    Column("type", String(63), primary_key=True),
    Column("times", Integer, nullable=False),
)  # fmt: skip


def _published(op: Operations) -> None:
    op.create_table(
        "imprint_published",
        Column("type", String(63), primary_key=True),
        Column("times", Integer, nullable=False),
    )


STEPS = (Migration(number=1, name="published", upgrade=_published),)
