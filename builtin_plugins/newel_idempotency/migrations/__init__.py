"""The numbered steps that make and change the table of keys. A step that has landed never changes."""

from __future__ import annotations

from newel.contracts.migrations import Migration
from newel_idempotency.migrations.m0001_keys import upgrade as keys

STEPS = (Migration(number=1, name="keys", upgrade=keys),)
