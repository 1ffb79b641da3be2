"""The audit trail: a row for every change, in the transaction of the change."""

from __future__ import annotations

from newel.contracts.audit import Audit
from newel.contracts.database import Database
from newel.contracts.migrations import Migrations
from newel.manifest import Manifest

manifest = Manifest(
    name="audit",
    summary="Keeps who changed what, through which door, in the same transaction.",
    load="newel_audit.plugin:AuditPlugin",
    needs=(Database, Migrations),
    provides=(Audit,),
    commands={"audit": "The audit trail."},
)
