"""The tables of the Lua host.

``lua_tables``: a row for each table of a plugin. ``table_name`` is its name in the database, which alone says nothing:
``plugin_a_b_x`` may be the table ``b_x`` of the plugin ``a`` or ``x`` of ``a_b``, so whose it is stands here.
``definition`` is what is there (JSON; empty while it is being made, where an engine commits each change of a table by
itself), ``declared`` the columns that the plugin asked for last.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, MetaData, String, Table, Text

metadata = MetaData()

tables = Table(
    "lua_tables", metadata,
    Column("table_name", String(64), primary_key=True),
    Column("plugin", String(64), nullable=False),
    Column("name", String(64), nullable=False),
    Column("definition", Text, nullable=False),
    Column("declared", Text, nullable=False),
    Column("changed_at", String(24), nullable=False),
    Index("lua_tables_plugin", "plugin", "name", unique=True),
)  # fmt: skip
