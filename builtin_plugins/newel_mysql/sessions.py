"""What is set on each connection, for MariaDB and for MySQL."""

from __future__ import annotations

from attrs import frozen

from newel_mysql.config import MysqlConfig

# Literals and names as on the other engines: a backslash is a backslash, "x" is a name, || joins text. What does not
# fit a column is an error, not a warning.
_MODE = (
    "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION,"
    "NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT"
)
_WRITE_SECONDS = 600
"""How long the server waits for a reader of a stream that does something else."""
_IDLE_SECONDS = 7 * 24 * 3600


@frozen
class Limits:
    """How the server's limit on statements is lifted for one that may take long."""

    seconds: float | None
    """The limit; ``None``: there is none."""
    unlimited: str = ""
    """What precedes the text (MariaDB)."""
    off: str = ""
    """What is run before it (MySQL) ..."""
    on: str = ""
    """... and after it."""


@frozen
class Kind:
    """Which of the two servers it is, and how new."""

    mariadb: bool
    version: tuple[int, ...]

    @property
    def name(self) -> str:
        return "MariaDB" if self.mariadb else "MySQL"

    @property
    def collation(self) -> str:
        """Compares by bytes, and does not take trailing spaces for nothing (as ``utf8mb4_bin`` does)."""
        return "utf8mb4_nopad_bin" if self.mariadb else "utf8mb4_0900_bin"

    def limits(self, config: MysqlConfig) -> Limits:
        if not (seconds := config.statement_seconds):
            return Limits(None)
        if self.mariadb:
            return Limits(seconds, unlimited="SET STATEMENT max_statement_time=0 FOR ")
        set_to = "SET SESSION max_execution_time="
        return Limits(seconds, off=f"{set_to}0", on=f"{set_to}{round(seconds * 1000)}")

    def session(self, config: MysqlConfig) -> str:
        """One text that sets up a connection."""
        settings = {
            "sql_mode": f"'{_MODE}'",
            "time_zone": "'+00:00'",
            "autocommit": "1",
            "innodb_lock_wait_timeout": str(config.lock_seconds),
            "default_storage_engine": "InnoDB",
            "foreign_key_checks": "1",
            "group_concat_max_len": str(1 << 20),
            "net_write_timeout": str(_WRITE_SECONDS),
            "wait_timeout": str(_IDLE_SECONDS),
            "sql_notes": "0",
        }
        if self.mariadb:
            # EXISTS is asked row by row, as it is written: turned into IN, all that matches is gathered before a page.
            settings["optimizer_switch"] = "'exists_to_in=off'"
            settings["max_statement_time"] = str(config.statement_seconds)
        else:
            settings["max_execution_time"] = str(round(config.statement_seconds * 1000))
        return (
            f"SET NAMES utf8mb4 COLLATE {self.collation}; SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SET "
            + ", ".join(f"SESSION {name} = {value}" for name, value in settings.items())
        )


def kind_of(version: str) -> Kind:
    """Reads ``10.11.19-MariaDB-log`` or ``8.4.3``."""
    head = version.removeprefix("5.5.5-").partition("-")[0]
    numbers = tuple(int(part) for part in head.split(".")[:3] if part.isdigit())
    return Kind("mariadb" in version.lower(), numbers)
