"""The table of ``kv``.

A row is a plugin's key with its value as JSON. ``expires_at`` is ``NULL`` where it stays; an expired row is as good as
none. The host's own rows stand under the plugin ``""``, which no plugin is called.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, MetaData, String, Table, Text

metadata = MetaData()


kv = Table(
    "lua_kv", metadata,
    Column("plugin", String(64), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("value", Text, nullable=False),
    Column("expires_at", String(24)),
    Index("lua_kv_expires", "plugin", "expires_at"),
)  # fmt: skip
