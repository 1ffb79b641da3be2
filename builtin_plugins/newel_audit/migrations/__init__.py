"""The numbered steps that make and change the trail's table. A step that has landed never changes."""

from __future__ import annotations

from newel.contracts.migrations import Migration
from newel_audit.migrations.m0001_log import upgrade as log

STEPS = (Migration(number=1, name="log", upgrade=log),)
