"""Care of the database: size, check, compacting, and moving to another engine."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.database import Database

manifest = Manifest(
    name="db",
    summary="Measures, checks and compacts the database, and copies a site to another engine.",
    load="newel_db.plugin:DbPlugin",
    needs=(Database,),
    commands={"db": "The database: size, check, vacuum, copy to another engine."},
)
