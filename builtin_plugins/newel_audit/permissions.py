"""The rights that the trail knows. Only admins have it from the start: the trail holds what everybody wrote."""

from __future__ import annotations

from newel import Permission

AUDIT_READ = Permission("audit.read", "Read the audit trail")
