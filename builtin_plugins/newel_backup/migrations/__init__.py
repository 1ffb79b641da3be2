"""The steps that make this plugin's tables."""

from __future__ import annotations

from newel.contracts.migrations import Migration
from newel_backup.migrations import m0001_tables

STEPS = (Migration(number=1, name="tables", upgrade=m0001_tables.upgrade),)
