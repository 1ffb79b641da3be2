"""Opens one SQLite connection the way all of ours are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from newel.errors import BootError
from newel_sqlite.config import SqliteConfig
from newel_sqlite.faults import is_full

OLDEST = (3, 35, 0)  # RETURNING and DROP COLUMN
STATEMENTS = 512  # compiled statements kept per connection; Python's default of 128 is fewer than a site's texts
_REMEDIES = {
    sqlite3.SQLITE_NOTADB: "This is not an SQLite file (or it is encrypted). Name another file in database.url.",
    sqlite3.SQLITE_CORRUPT: "The file is damaged. Restore a backup, or save what is left with `sqlite3 FILE .recover`.",
    sqlite3.SQLITE_READONLY: "The file or its folder cannot be written. Give this user the right to write both.",
    sqlite3.SQLITE_CANTOPEN: "The file cannot be opened. See that its folder exists and this user may write there.",
    sqlite3.SQLITE_PERM: "This user may not use the file. Give it the right to read and write.",
    sqlite3.SQLITE_FULL: "The disk is full. Make room and start again.",
    sqlite3.SQLITE_BUSY: "Another process holds the file locked. Stop it, then start again.",
}


def check_library(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> None:
    """Raises ``BootError`` where the SQLite library of this Python is too old."""
    if version < OLDEST:
        found, least = (".".join(map(str, one)) for one in (version, OLDEST))
        raise BootError(
            f"this Python has SQLite {found}; Newel needs {least}. Use a newer Python, or the container image."
        )


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns errors of opening into a ``BootError`` with the remedy."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if is_full(error):
            code = sqlite3.SQLITE_FULL
        remedy = _REMEDIES.get(code, "See that the file is what you expect and the disk is well.")
        raise BootError(f"cannot open the database {path}: {error}.\n{remedy}") from error


def open_writer(path: Path, config: SqliteConfig, *, passing: bool) -> sqlite3.Connection:
    """The one connection that writes. Proves that the file can be read and written."""
    with explained(path):
        raw = _connect(path, config)
        try:
            mode = _with_log(raw, config.busy_timeout)
            if mode != "wal":
                raise BootError(
                    f"the file system of {path} cannot share memory (journal mode '{mode}' instead of 'wal').\n"
                    "Network folders cannot: put the database on a local disk."
                )
            # A passing file need not survive anything.
            raw.execute(f"PRAGMA synchronous={'off' if passing else config.synchronous}")
            raw.execute(f"PRAGMA journal_size_limit={config.wal_limit_mib << 20}")
            raw.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            raw.execute("PRAGMA busy_timeout=0")
            _prove_writable(raw)
        except BaseException:
            raw.close()
            raise
    return raw


def _with_log(raw: sqlite3.Connection, seconds: float) -> str:
    """Switches to the write-ahead log. Of two processes that do so on a new file SQLite tells one at once, without
    waiting, that the file is locked: it asks again. In a thread, so it may sleep."""
    until = monotonic() + seconds
    while True:
        try:
            return str(raw.execute("PRAGMA journal_mode=WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > until:
                raise
        sleep(0.01)


def _prove_writable(raw: sqlite3.Connection) -> None:
    try:
        raw.execute("BEGIN IMMEDIATE")
        raw.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:  # busy: somebody is writing right now, so it works
            raise


def open_reader(path: Path, config: SqliteConfig) -> sqlite3.Connection:
    """A connection that only reads, also where a statement was taken for a read by mistake."""
    raw = _connect(path, config)
    raw.execute("PRAGMA query_only=ON")
    raw.execute("PRAGMA busy_timeout=0")
    return raw


def _connect(path: Path, config: SqliteConfig) -> sqlite3.Connection:
    # Waiting for locks happens in the event loop (``patiently``), never inside SQLite; only opening waits here.
    raw = sqlite3.connect(
        path, timeout=config.busy_timeout, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS
    )
    raw.execute("PRAGMA foreign_keys=ON")
    raw.execute("PRAGMA trusted_schema=OFF")
    # LIKE as on the other engines; it also lets LIKE 'a%' use an index.
    raw.execute("PRAGMA case_sensitive_like=ON")
    raw.execute(f"PRAGMA cache_size={-1024 * config.cache_mib}")
    return raw


def close_writer(raw: sqlite3.Connection) -> None:
    """Keeps the planner's figures fresh (a bounded amount of work), then closes; the last one out folds the log in."""
    try:
        raw.execute("PRAGMA analysis_limit=400")
        raw.execute("PRAGMA optimize")
    except sqlite3.Error:  # another process writes, or the disk is full: closing goes first
        pass
    finally:
        raw.close()
