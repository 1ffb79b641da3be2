"""The numbered steps that make and change the tables of Lua plugins. A step that has landed never changes."""

from __future__ import annotations

from newel.contracts.migrations import Migration
from newel_lua.migrations.m0002_plugins import upgrade as plugins

STEPS = (Migration(number=1, name="plugins", upgrade=plugins),)
