"""The table of the trail: one row for each entity that an operation changed, or one without an entity.

The ids are ULIDs, so they are the order of time and the keys of pages. ``before_json`` and ``after_json`` are the two
sides of a change, secrets masked.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, MetaData, String, Table, Text

metadata = MetaData()


def exact(length: int) -> String:
    """Text that is equal, and sorts, by its bytes on every engine."""
    return (
        String(length)
        .with_variant(String(length, collation="C"), "postgresql")
        .with_variant(String(length, collation="utf8mb4_bin"), "mysql", "mariadb")
    )


def long_text() -> Text:
    """Text of up to 16 MB on every engine."""
    return Text().with_variant(Text(16_777_215), "mysql", "mariadb")


log = Table(
    "audit_log", metadata,
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
    Index("audit_log_actor", "actor", "id"),
    Index("audit_log_entity", "entity", "entity_id", "id"),
    Index("audit_log_operation", "operation", "id"),
)  # fmt: skip
