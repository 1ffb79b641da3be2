"""Makes and upgrades the tables of all plugins before they start."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.database import Database
from newel.contracts.migrations import Migrations
from newel_migrations.config import MigrationsConfig

manifest = Manifest(
    name="migrations",
    summary="Applies every plugin's numbered table changes, once, and keeps a ledger of them.",
    load="newel_migrations.plugin:MigrationsPlugin",
    config=MigrationsConfig,
    needs=(Database,),
    provides=(Migrations,),
    commands={"migrate": "The tables: what has been applied, what is pending."},
)
