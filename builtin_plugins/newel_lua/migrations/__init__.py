"""The numbered steps that make and change the plugin's tables. A step that has landed never changes."""

from __future__ import annotations

from newel.contracts.migrations import Migration
from newel_lua.migrations.m0001_tables import upgrade as tables
from newel_lua.migrations.m0002_plugins import upgrade as plugins
from newel_lua.migrations.m0003_kv import upgrade as kv
from newel_lua.migrations.m0004_migrations import upgrade as migrations

STEPS = (
    Migration(number=1, name="tables", upgrade=tables),
    Migration(number=2, name="plugins", upgrade=plugins),
    Migration(number=3, name="kv", upgrade=kv),
    Migration(number=4, name="migrations", upgrade=migrations),
)
