"""The table of kept answers.

``scope`` is a hash of who asked, for what, with which key: one primary key on which two requests meet, and no client's
key is stored. ``answer`` is ``NULL`` where it was too large to keep.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, MetaData, String, Table, Text

metadata = MetaData()


keys = Table(
    "idempotency_keys", metadata,
    Column("scope", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("answer", Text),
    Column("expires_at", String(24), nullable=False),
    Index("idempotency_keys_expires", "expires_at"),
)  # fmt: skip
