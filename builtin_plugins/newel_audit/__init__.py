"""The audit trail: who did what, in the transaction of the doing."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.audit import Audit
from newel.contracts.database import Database
from newel.contracts.migrations import Migrations
from newel_audit.config import AuditConfig

manifest = Manifest(
    name="audit",
    summary="Keeps who changed what, through which door, in the same transaction.",
    load="newel_audit.plugin:AuditPlugin",
    config=AuditConfig,
    needs=(Database, Migrations),
    provides=(Audit,),
    commands={"audit": "The audit trail."},
)
