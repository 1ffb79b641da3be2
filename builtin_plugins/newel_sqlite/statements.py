"""Statements as they reach SQLite: text kept with what is known of it, and the ways of running it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence

from newel.contracts.database import Row, Value

KEPT = 2000  # texts remembered; a site with plugins has some hundreds
BATCH_ROWS = 500
BATCH_CHARACTERS = 1_000_000
BATCH_STEP = 32
_FIRST = re.compile(r"(?:\s+|--[^\n]*\n|/\*.*?\*/)*(\w+)", re.DOTALL)
_WRITES = re.compile(
    r"\b(insert\s+(or\s+\w+\s+)?into|replace\s+into|delete\s+from|update\s+.{1,200}?\sset)\b", re.IGNORECASE | re.DOTALL
)


class Statement:
    """A text, ready for SQLite.

    ``reads``: it changes nothing. ``slow``: how many uses go to a thread yet, after so many ``strikes``.
    """

    __slots__ = ("counts", "reads", "slow", "sql", "strikes")

    def __init__(self, text: str) -> None:
        # SQLite knows :name itself, and leaves colons inside literals alone.
        self.sql = text.replace("\\:", ":") if "\\:" in text else text
        found = _FIRST.match(self.sql)
        first = found[1].lower() if found else ""
        self.reads = first in ("select", "values", "explain") or (first == "with" and not _WRITES.search(self.sql))
        self.counts = first in ("insert", "update", "delete", "replace")
        self.slow = 0
        self.strikes = 0


class Statements:
    """The statements seen so far. The oldest goes when there are too many."""

    def __init__(self) -> None:
        self._known: dict[str, Statement] = {}

    def of(self, text: str) -> Statement:
        found = self._known.get(text)
        if found is None:
            if len(self._known) >= KEPT:
                del self._known[next(iter(self._known))]
            found = self._known[text] = Statement(text)
        return found


def all_rows(raw: sqlite3.Connection, statement: Statement, values: Mapping[str, Value] | None) -> list[Row]:
    cursor = raw.cursor()
    try:
        cursor.execute(statement.sql, values or ())
        rows = cursor.fetchall()
        if not rows:
            return []
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in rows]
    finally:
        cursor.close()


def first_row(raw: sqlite3.Connection, statement: Statement, values: Mapping[str, Value] | None) -> Row | None:
    cursor = raw.cursor()
    try:
        cursor.execute(statement.sql, values or ())
        row = cursor.fetchone()
        if row is None:
            return None
        if not statement.reads:
            cursor.fetchall()  # a write with RETURNING is done only when its rows have been taken
        return dict(zip([column[0] for column in cursor.description], row, strict=True))
    finally:
        cursor.close()


def count(raw: sqlite3.Connection, statement: Statement, values: Mapping[str, Value] | None) -> int:
    """Runs it; how many rows it matched or inserted."""
    cursor = raw.cursor()
    try:
        cursor.execute(statement.sql, values or ())
        if cursor.description is not None:
            cursor.fetchall()
        if cursor.rowcount >= 0:
            return cursor.rowcount
        # Python's rowcount knows nothing of WITH ... UPDATE.
        if not statement.counts and not statement.reads and _WRITES.search(statement.sql):
            return int(cursor.execute("SELECT changes()").fetchone()[0])
        return 0
    finally:
        cursor.close()


def count_many(raw: sqlite3.Connection, statement: Statement, rows: Sequence[Mapping[str, Value]]) -> int:
    """All rows or none: its own transaction, or a savepoint inside the one that is open."""
    inside = raw.in_transaction
    raw.execute("SAVEPOINT many" if inside else "BEGIN IMMEDIATE")
    try:
        if statement.counts and "returning" not in statement.sql.lower():
            total = max(raw.executemany(statement.sql, rows).rowcount, 0)
        else:
            total = sum(count(raw, statement, values) for values in rows)
        raw.execute("RELEASE many" if inside else "COMMIT")
    except BaseException:
        if raw.in_transaction:
            raw.execute("ROLLBACK TO many" if inside else "ROLLBACK")
            if inside:
                raw.execute("RELEASE many")
        raise
    return total


def opened(raw: sqlite3.Connection, statement: Statement, values: Mapping[str, Value] | None) -> sqlite3.Cursor:
    """A cursor before its first row."""
    cursor = raw.cursor()
    try:
        return cursor.execute(statement.sql, values or ())
    except BaseException:
        cursor.close()
        raise


def batch(cursor: sqlite3.Cursor) -> list[Row]:
    """The next rows of a cursor."""
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in plain_batch(cursor)]


def plain_batch(cursor: sqlite3.Cursor) -> list[tuple[Value, ...]]:
    """The next rows of a cursor as tuples: bounded in number and, but for the last few rows, in size."""
    rows: list[tuple[Value, ...]] = []
    size = 0
    step = 1
    while len(rows) < BATCH_ROWS and size < BATCH_CHARACTERS:
        more = cursor.fetchmany(min(step, BATCH_ROWS - len(rows)))
        if not more:
            break
        rows += more
        came = sum(map(_length, zip(*more, strict=True)))
        size += came
        step = min(2 * step, BATCH_STEP) if came < BATCH_CHARACTERS // BATCH_STEP else 1
    return rows


def _length(column: tuple[Value, ...]) -> int:
    """The characters and bytes of a column, which mostly has one kind of value."""
    try:
        return sum(map(len, column))  # type: ignore[arg-type]  # what has no length raises
    except TypeError:
        return sum(len(value) for value in column if isinstance(value, str | bytes))


def columns_as_text(rows: Sequence[Row]) -> list[str]:
    """Rows as lines, for reports."""
    return [", ".join(f"{name}={value}" for name, value in row.items()) for row in rows]
