"""The rights that the trail knows. Only admins have them from the start: the trail holds what everybody wrote."""

from __future__ import annotations

from newel import Permission

AUDIT_READ = Permission("audit.read", "Read the audit trail")
AUDIT_VERIFY = Permission("audit.verify", "Verify the audit trail, which reads all of it")
AUDIT_PRUNE = Permission("audit.prune", "Delete old days of the audit trail")
