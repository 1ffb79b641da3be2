"""The numbered steps that make and change the tables of accounts. A step that has landed never changes."""

from __future__ import annotations

from newel.contracts.migrations import Migration
from newel_accounts.migrations.m0001_tables import upgrade as tables
from newel_accounts.migrations.m0002_keys import upgrade as keys

STEPS = (Migration(number=1, name="tables", upgrade=tables), Migration(number=2, name="keys", upgrade=keys))
