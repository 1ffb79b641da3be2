"""The tables of the plugins' life.

``lua_plugins``: a plugin that somebody decided something about. ``revision`` grows with every decision (approvals too),
so that other processes see by a sum whether there is news. ``asked`` counts orders to reload. ``code`` is the hash of
the files that were taken last.

``lua_approvals``: an item of a plugin's request that may run, as it was in one version; see ``request.py``.

``lua_migrations``: the steps of ``migrations.lua`` that a plugin took.

``lua_nodes``: what a serving process (``node``) knows of a plugin, for the others to show. The row without plugin is
the node's own.
"""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, String, Table, Text

metadata = MetaData()

plugins = Table(
    "lua_plugins", metadata,
    Column("name", String(32), primary_key=True),
    Column("enabled", Integer, nullable=False),
    Column("version", String(64), nullable=False),
    Column("code", String(64), nullable=False),
    Column("settings_json", Text, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("updated_at", String(24), nullable=False),
)  # fmt: skip

approvals = Table(
    "lua_approvals", metadata,
    Column("plugin", String(32), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("name", String(300), primary_key=True),
    Column("terms", String(100), nullable=False),
    Column("version", String(64), primary_key=True),
    Column("approved_by", String(128), nullable=False),
    Column("approved_at", String(24), nullable=False),
)  # fmt: skip

migrations = Table(
    "lua_migrations", metadata,
    Column("plugin", String(32), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("applied_at", String(24), nullable=False),
)  # fmt: skip

nodes = Table(
    "lua_nodes", metadata,
    Column("node", String(26), primary_key=True),
    Column("plugin", String(32), primary_key=True),
    Column("facts_json", Text, nullable=False),
    Column("seen_at", String(24), nullable=False),
)  # fmt: skip
