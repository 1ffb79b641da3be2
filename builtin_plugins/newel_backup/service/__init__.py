"""The operations of backups."""
