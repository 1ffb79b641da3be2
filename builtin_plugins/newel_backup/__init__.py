"""Backups: taken at one point in time, read back, restored elsewhere, drilled."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.audit import Audit
from newel.contracts.blobs import Blobs
from newel.contracts.content import Content
from newel.contracts.database import Database
from newel.contracts.gate import Gate
from newel.contracts.jobs import Jobs
from newel.contracts.migrations import Migrations
from newel.contracts.site import Backups
from newel_backup.config import BackupConfig

manifest = Manifest(
    name="backup",
    summary="Backs the site up: every snapshot whole and small, verified, drilled, restored to any engine.",
    load="newel_backup.plugin:BackupPlugin",
    config=BackupConfig,
    needs=(Database, Migrations),
    wants=(Blobs, Jobs, Audit, Content),
    provides=(Backups, Gate),
    commands={"backup": "Back up, list, verify, restore, drill, prune."},
)
