"""What people and programs do with backups, as operations."""
