"""A repository of backups on a store of blobs; docs/design/backup-format.md describes every byte of it."""
