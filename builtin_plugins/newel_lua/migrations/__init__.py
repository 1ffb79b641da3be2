"""The numbered steps that make and change the host's tables. A step that has landed never changes."""

from __future__ import annotations

from newel.contracts.migrations import Migration
from newel_lua.migrations.m0003_kv import upgrade as kv

STEPS = (Migration(number=3, name="kv", upgrade=kv),)
