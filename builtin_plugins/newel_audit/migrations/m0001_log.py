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
    """Makes the table of the trail."""
    from sqlalchemy import Column, String

    op.create_table(
        "audit_log",
        Column("id", exact(26), primary_key=True),
        Column("at", String(24), nullable=False),
        Column("actor", exact(64), nullable=False),
        Column("actor_kind", String(16), nullable=False),
        Column("actor_name", String(191), nullable=False),
        Column("credential", String(64), nullable=False),
        Column("door", String(32), nullable=False),
        Column("request_id", String(128), nullable=False),
        Column("ip", String(64)),
        Column("operation", exact(128), nullable=False),
        Column("entity", exact(64)),
        Column("entity_id", exact(191)),
        Column("before_json", long_text()),
        Column("after_json", long_text()),
    )
    op.create_index("audit_log_actor", "audit_log", ["actor", "id"])
    op.create_index("audit_log_entity", "audit_log", ["entity", "entity_id", "id"])
    op.create_index("audit_log_operation", "audit_log", ["operation", "id"])
