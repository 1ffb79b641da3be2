"""A MariaDB or MySQL server as the site's database."""

from __future__ import annotations

from newel.contracts.database import Database, DatabaseConfig
from newel.manifest import Manifest, Offer
from newel_mysql.config import MysqlConfig

manifest = Manifest(
    name="mysql",
    summary="Keeps the site in MariaDB (10.6 or newer) or MySQL (8.0.19 or newer).",
    load="newel_mysql.plugin:MysqlPlugin",
    config=MysqlConfig,
    sections={"database": DatabaseConfig},
    provides=(Offer(Database, "database.url", ("mysql", "mariadb")),),
)
