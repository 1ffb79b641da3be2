"""The first table; what it is for stands in ``tables.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.operations import Operations
    from sqlalchemy import String, Text


def exact(length: int) -> String:
    """A name from before all text compared by its bytes. The text of a step that has landed stays as it is."""
    from sqlalchemy import String

    return String(length)


def long_text() -> Text:
    """As ``exact``: any text may be long."""
    from sqlalchemy import Text

    return Text()


def upgrade(op: Operations) -> None:
    """Makes the table of kept answers."""
    from sqlalchemy import Column, String

    op.create_table(
        "idempotency_keys",
        Column("scope", exact(64), primary_key=True),
        Column("fingerprint", String(64), nullable=False),
        Column("answer", long_text()),
        Column("expires_at", exact(24), nullable=False),
    )
    op.create_index("idempotency_keys_expires", "idempotency_keys", ["expires_at"])
