"""SQLite's errors in the contract's words."""

from __future__ import annotations

import sqlite3

from newel.contracts.database import ForeignKeyViolation, UniqueViolation
from newel.errors import Transient

_UNIQUE = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID}


class Busy(Transient):
    """Another process holds the lock; nothing was done, so trying again is safe."""

    code = "database_busy"


class TooSlow(Exception):
    """A read was stopped because it took longer than the event loop may be held up."""


def translated(error: sqlite3.Error, statement: str) -> Exception:
    """The error to raise instead. What is a bug stays as it is, with the statement (never its values) as a note."""
    code = getattr(error, "sqlite_errorcode", 0)
    if code in _UNIQUE:
        return UniqueViolation(_index(str(error)))
    if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return ForeignKeyViolation("it is in use, or points at something that is not there")
    match code & 0xFF:
        case sqlite3.SQLITE_BUSY:
            return Busy("the database is busy")
        case sqlite3.SQLITE_LOCKED:
            return Transient("the database is busy: a table is in use", code="database_busy")
    if is_full(error):
        return Transient("the disk is full", code="disk_full", retry_after=60.0)
    error.add_note(f"statement: {statement}")
    return error


def is_full(error: sqlite3.Error) -> bool:
    """Whether the disk has no room. For its file of shared memory SQLite has another word than for the others."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_SHMSIZE


def _index(message: str) -> str:
    """``table.a, table.b`` or an index's name, out of ``UNIQUE constraint failed: ...``."""
    named = message.partition(": ")[2]
    return named.removeprefix("index '").removesuffix("'") if named.startswith("index '") else named
