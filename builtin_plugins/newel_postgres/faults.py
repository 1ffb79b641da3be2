"""PostgreSQL's errors in the contract's words. What goes up as a bug tells no value: values may be secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import asyncpg

from newel.contracts.database import Away, Contention, ForeignKeyViolation, UniqueViolation
from newel.errors import Reject, Transient
from newel.sql.parameters import Prepared

_ARGUMENT = re.compile(r"invalid input for query argument \$(\d+)(?: in element #\d+ of executemany\(\) sequence)?: ")
_REASON = re.compile(r"\(([^()]{1,80})\)$")


class StatementError(RuntimeError):
    """A statement or a value that PostgreSQL refuses: a bug of whoever wrote it."""


class NotText(Reject):
    """Text that PostgreSQL cannot keep: with a NUL character, or half of a surrogate pair.

    No bug: only what comes from outside has such characters, and whoever sent it can be told.
    """

    code = "not_text"


def translated(
    error: Exception,
    text: Prepared,
    values: Any = None,
    *,
    closed: bool = False,
    inside: bool = False,
    snapshot: bool = False,
) -> Exception:
    """The error to raise instead. ``closed``: the connection is lost; ``inside``: a transaction was open, and it was a
    ``snapshot``."""
    if isinstance(error, asyncpg.PostgresError):
        if isinstance(error, asyncpg.DataError) and _ARGUMENT.match(str(error)):  # the driver's, before it sends
            return _argument(error, text, values)
        return _by_state(error, text, inside, snapshot)
    if closed or isinstance(error, OSError | TimeoutError | asyncpg.PostgresConnectionError):
        return Away("the connection to the database was lost")
    return error


def _by_state(error: asyncpg.PostgresError, text: Prepared, inside: bool, snapshot: bool) -> Exception:
    state = str(error.sqlstate)  # the driver's own errors have one, too
    match state:
        case "23505":
            return UniqueViolation(str(getattr(error, "constraint_name", None) or ""))
        case "23503" | "23001":
            return ForeignKeyViolation("it is in use, or points at something that is not there")
        case "40001" | "40P01":
            return Contention("the database undid this for the sake of another change")
        case "0A000" if inside and isinstance(error, asyncpg.exceptions.InvalidCachedStatementError):
            return Contention("a table was changed meanwhile")
        case "55P03":
            return Transient("the database is busy: somebody else is changing the same", code="database_busy")
        case "57014":
            return Transient("the database took too long", code="too_slow")
        case "53100":
            return Transient("the database's disk is full", code="disk_full", retry_after=60.0)
        case "53300" | "53400" | "53200" | "53000":
            return Transient("the database has no room for this now", code="database_busy")
        case "25006" if not snapshot:  # a server that became a standby
            return Transient("the database is read-only now", code="database_read_only", retry_after=10.0)
        case "22021" | "22P05":
            return NotText("a text has a character that cannot be kept, such as NUL")
        case "25P03" | "57P05":
            return Away("the database ended a connection that was idle for too long")
    if state.startswith(("08", "57P")):
        return Away("the database is away")
    kind = type(error).__name__.removesuffix("Error")
    # Without DETAIL: it quotes the row.
    fault = StatementError(f"{kind} ({state}): {getattr(error, 'message', None) or 'no message'}")
    fault.add_note(f"statement: {text.sql}")
    return fault


def _argument(error: Exception, text: Prepared, values: Any) -> Exception:
    said = str(error)
    found = _ARGUMENT.match(said)
    name = text.names[int(found[1]) - 1] if found else "?"
    if "surrogates not allowed" in said:
        return NotText("a text has a character that cannot be kept, such as half of a pair")
    reason = _REASON.search(said)
    kind = type(values[name]).__name__ if isinstance(values, Mapping) and name in values else ""
    return unfitting(text, name, kind, reason[1] if reason else "wrong")


def unfitting(text: Prepared, name: str, kind: str, why: str) -> StatementError:
    """A value of the wrong type. Says the parameter and the types, never the value."""
    fault = StatementError(f"':{name}'{f' ({kind})' if kind else ''} does not fit: {why}")
    fault.add_note(f"statement: {text.sql}")
    return fault
