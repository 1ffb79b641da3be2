"""The numbered steps that make and change content's tables. A step that has landed never changes."""

from __future__ import annotations

from newel.contracts.migrations import Migration
from newel_content.migrations.m0001_tables import upgrade as tables
from newel_content.migrations.m0002_orders import upgrade as orders
from newel_content.migrations.m0003_changes import upgrade as changes
from newel_content.migrations.m0004_empty_first import upgrade as empty_first
from newel_content.migrations.m0005_outside import upgrade as outside

STEPS = (
    Migration(number=1, name="tables", upgrade=tables),
    Migration(number=2, name="orders", upgrade=orders),
    Migration(number=3, name="changes", upgrade=changes),
    Migration(number=4, name="empty_first", upgrade=empty_first),
    Migration(number=5, name="outside", upgrade=outside),
)
