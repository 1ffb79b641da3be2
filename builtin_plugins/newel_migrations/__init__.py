"""Makes and upgrades the tables of all plugins before they start."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.database import Database
from newel.contracts.migrations import Migrations

manifest = Manifest(
    name="migrations",
    summary="Applies every plugin's numbered table changes, once, and keeps a ledger of them.",
    load="newel_migrations.plugin:MigrationsPlugin",
    needs=(Database,),
    provides=(Migrations,),
    commands={"migrate": "The state of the tables."},
)
