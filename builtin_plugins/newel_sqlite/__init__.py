"""One SQLite file as the site's database."""

from __future__ import annotations

from newel.contracts.database import Database, DatabaseConfig
from newel.manifest import Manifest, Offer
from newel_sqlite.config import SqliteConfig

manifest = Manifest(
    name="sqlite",
    summary="Keeps the site in one SQLite file: one writer, many readers, durable commits.",
    load="newel_sqlite.plugin:SqlitePlugin",
    config=SqliteConfig,
    sections={"database": DatabaseConfig},
    provides=(Offer(Database, "database.url", ("sqlite",)),),
)
