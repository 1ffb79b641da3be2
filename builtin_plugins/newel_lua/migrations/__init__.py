"""The numbered steps that make and change the plugin's tables. A step that has landed never changes."""

from __future__ import annotations

from newel.contracts.migrations import Migration
from newel_lua.migrations.m0001_tables import upgrade as tables

STEPS = (Migration(number=1, name="tables", upgrade=tables),)
