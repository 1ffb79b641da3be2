"""The numbered steps that make and change the tables of media. A step that has landed never changes."""

from __future__ import annotations

from newel.contracts.migrations import Migration
from newel_media.migrations.m0001_tables import upgrade as tables

STEPS = (Migration(number=1, name="tables", upgrade=tables),)
