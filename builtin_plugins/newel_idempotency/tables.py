"""The table of kept answers.

``scope`` is a hash of who asked, for what, with which key: one primary key on which two requests meet, and no client's
key is stored. ``answer`` is ``NULL`` where it was too large to keep.
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


keys = Table(
    "idempotency_keys", metadata,
    Column("scope", exact(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("answer", long_text()),
    Column("expires_at", exact(24), nullable=False),
    Index("idempotency_keys_expires", "expires_at"),
)  # fmt: skip
