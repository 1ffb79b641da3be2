"""The numbered steps that make and change the trail's tables. A step that has landed never changes."""

from __future__ import annotations

from newel.contracts.migrations import Migration
from newel_audit.migrations.m0001_log import upgrade as log
from newel_audit.migrations.m0002_chain import upgrade as chain

STEPS = (Migration(number=1, name="log", upgrade=log), Migration(number=2, name="chain", upgrade=chain))
