"""Users and what they show to get in. Tokens and sessions are one table: both are secrets of which the hash is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table
from sqlalchemy import UniqueConstraint as Unique

if TYPE_CHECKING:
    from alembic.operations import Operations

metadata = MetaData()

users = Table(
    "accounts_users", metadata,
    Column("id", String(26), primary_key=True),
    Column("email", String(191), nullable=False),
    Column("name", String(191), nullable=False),
    Column("role", String(63), nullable=False),
    Column("password", String(255), nullable=False),
    Column("disabled", Integer, nullable=False),
    Column("created_at", String(24), nullable=False),
    Unique("email", name="accounts_users_email"),
)  # fmt: skip

tokens = Table(
    "accounts_tokens", metadata,
    Column("id", String(26), primary_key=True),
    Column("user", String(26), ForeignKey("accounts_users.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(8), nullable=False),  # token | session
    Column("label", String(191), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("expires_at", String(24)),
    Column("created_at", String(24), nullable=False),
    Unique("hash", name="accounts_tokens_hash"),
)  # fmt: skip


def create(op: Operations) -> None:
    """Migration 1. Copies, since a column belongs to one table object."""
    for made in (users, tokens):
        copy = made.to_metadata(MetaData())
        constraints = [one for one in copy.constraints if isinstance(one, Unique)]
        keys = [key.column.table.name for key in made.foreign_keys]
        columns = [
            Column(one.name, one.type, *(ForeignKey(f"{keys[0]}.id", ondelete="CASCADE") for _ in one.foreign_keys),
                   primary_key=one.primary_key, nullable=one.nullable)
            for one in made.columns
        ]  # fmt: skip
        op.create_table(
            made.name, *columns, *(Unique(*(key.name for key in one.columns), name=one.name) for one in constraints)
        )
