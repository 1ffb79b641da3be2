"""The numbered steps that make and change the plugin's table. A step that has landed never changes."""

from __future__ import annotations

from newel.contracts.migrations import Migration
from newel_tui.migrations.m0001_kept import upgrade as kept

STEPS = (Migration(number=1, name="kept", upgrade=kept),)
