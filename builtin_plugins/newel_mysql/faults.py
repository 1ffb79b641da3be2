"""The server's errors in the contract's words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from newel.contracts.database import Away, Contention, ForeignKeyViolation, UniqueViolation
from newel.errors import Transient

DUPLICATE = {1062, 1169, 1586}
FOREIGN = {1216, 1217, 1451, 1452}
DEADLOCK = {1213, 3058}  # 3058: among user-level locks
STATEMENT_ONLY = {1020, 1205, 3572}
"""Rivals too, but only the statement was undone: changed meanwhile (MariaDB), waited too long, NOWAIT (MySQL)."""
TOO_SLOW = {1969, 3024}
STOPPED = 1317  # by KILL QUERY
# The server goes or is gone, or the connection is. 0: the driver has it closed; 1053 shutdown; 1079, 1152 to 1161 the
# network; 1927 and 3169 killed; 4031 idle for too long.
GONE = {
    0,
    1053,
    1077,
    1079,
    1152,
    1153,
    1158,
    1159,
    1160,
    1161,
    1184,
    1927,
    2002,
    2003,
    2005,
    2006,
    2013,
    2055,
    3169,
    4031,
}
DENIED = {1044, 1045, 1130, 1251, 1698}
NO_DATABASE = 1049
TOO_MANY = {1040, 1203, 1226}
FULL = {1021, 1114}
READ_ONLY = {1290, 1792, 1836}
_PASSING: Mapping[int, tuple[str, str, float]] = {
    **dict.fromkeys(TOO_SLOW, ("the statement took longer than [mysql] statement_seconds", "too_slow", 5.0)),
    **dict.fromkeys(TOO_MANY, ("the database server has too many connections", "database_busy", 5.0)),
    **dict.fromkeys(FULL, ("the disk of the database server is full", "disk_full", 60.0)),
    1041: ("the database server is out of memory", "database_busy", 30.0),
    STOPPED: ("the statement was stopped at the database server", "stopped", 1.0),
    1461: ("the database server has too many prepared statements", "database_busy", 5.0),
}
_KEY = re.compile(r"for key '(.+)'$", re.DOTALL)


def number_of(error: BaseException) -> int | None:
    """The server's or the driver's number of an error."""
    first = error.args[0] if error.args else None
    return first if isinstance(first, int) else None


def translated(error: Exception, statement: str) -> Exception:
    """The error to raise instead. What is a bug stays as it is, with the statement (never its values) as a note."""
    number = number_of(error)
    text = str(error.args[1]) if len(error.args) > 1 else ""
    if number in DUPLICATE:
        return UniqueViolation(_index(text))
    if number in FOREIGN:
        return ForeignKeyViolation("it is in use, or points at something that is not there")
    if number in DEADLOCK or number in STATEMENT_ONLY:
        return Contention("another transaction was in the way")
    if number in GONE or isinstance(error, OSError):
        return Away("the database server cannot be reached")
    if number is not None and number in _PASSING:
        said, code, later = _PASSING[number]
        return Transient(said, code=code, retry_after=later)
    error.add_note(f"statement: {statement}")
    return error


def _index(text: str) -> str:
    """The name of the index. MySQL writes ``table.index`` and MariaDB ``index``."""
    found = _KEY.search(text)
    return found[1].rpartition(".")[2] if found else ""
