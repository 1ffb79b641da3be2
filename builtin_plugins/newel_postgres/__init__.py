"""A PostgreSQL database as the site's database."""

from __future__ import annotations

from newel.contracts.database import Database, DatabaseConfig
from newel.manifest import Manifest, Offer
from newel_postgres.config import PostgresConfig

manifest = Manifest(
    name="postgres",
    summary="Keeps the site in PostgreSQL (13 or newer): many writers, several processes, signals between them.",
    load="newel_postgres.plugin:PostgresPlugin",
    config=PostgresConfig,
    sections={"database": DatabaseConfig},
    provides=(Offer(Database, "database.url", ("postgresql", "postgres")),),
)
