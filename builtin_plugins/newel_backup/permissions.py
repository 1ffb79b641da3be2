"""The rights that backups know. A backup holds everything, so only admins have them from the start."""

from __future__ import annotations

from newel import Permission

BACKUP_READ = Permission("backup.read", "See the backups, how they stand, and the names of what is in them")
BACKUP_RUN = Permission("backup.run", "Back up, verify, drill, prune")
BACKUP_RESTORE = Permission("backup.restore", "Restore a backup, or parts of one, and read what is in it")
