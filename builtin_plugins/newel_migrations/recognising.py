"""Whether a change of a table has happened: asked where an engine commits each one by itself, after a crash.

Only forms whose outcome can be seen are accepted there. The engine is MySQL or MariaDB; each statement is whole or not
there at all, since their data dictionaries are crash-safe.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from attrs import frozen

from newel.contracts.database import Queries, Value

_N = r"[`\"]?(\w+)[`\"]?"
_TABLE = "information_schema.tables WHERE table_schema = database() AND table_name = :a"
_COLUMN = "information_schema.columns WHERE table_schema = database() AND table_name = :a AND column_name = :b"
_INDEX = "information_schema.statistics WHERE table_schema = database() AND table_name = :a AND index_name = :b"
_CONSTRAINT = (
    "information_schema.table_constraints WHERE table_schema = database() AND table_name = :a AND constraint_name = :b"
)


@frozen
class Trace:
    """What a statement leaves: a row (``there``) or none in a table of the catalogue.

    ``source`` is ``None`` for one that may simply be run again.
    """

    source: str | None
    there: bool = True
    names: tuple[str, ...] = ()

    async def seen(self, queries: Queries) -> bool:
        if self.source is None:
            return False
        values: dict[str, Value] = dict(zip("ab", self.names, strict=False))
        row = await queries.fetch_one(f"SELECT count(*) AS c FROM {self.source}", values)  # noqa: S608 - texts of ours
        return row is not None and bool(row["c"]) is self.there


Make = Callable[[re.Match[str]], Trace]


def _pair(source: str, there: bool, *, swapped: bool = False) -> Make:
    def make(found: re.Match[str]) -> Trace:
        names = (found[2], found[1]) if swapped else (found[1], found[2])
        return Trace(source, there, names)

    return make


def _changed(found: re.Match[str]) -> Trace:
    return Trace(None) if found[2] == found[3] else Trace(_COLUMN, names=(found[1], found[3]))


_FORMS: tuple[tuple[str, Make], ...] = (
    (rf"CREATE TABLE (?:IF NOT EXISTS )?{_N}", lambda found: Trace(_TABLE, names=(found[1],))),
    (rf"DROP TABLE (?:IF EXISTS )?{_N}", lambda found: Trace(_TABLE, there=False, names=(found[1],))),
    (rf"CREATE (?:UNIQUE |FULLTEXT )?INDEX {_N} ON {_N}", _pair(_INDEX, True, swapped=True)),
    (rf"DROP INDEX {_N} ON {_N}", _pair(_INDEX, False, swapped=True)),
    (rf"ALTER TABLE {_N} ADD COLUMN {_N}", _pair(_COLUMN, True)),
    (rf"ALTER TABLE {_N} DROP COLUMN {_N}", _pair(_COLUMN, False)),
    (rf"ALTER TABLE {_N} CHANGE (?:COLUMN )?{_N} {_N}", _changed),
    (rf"ALTER TABLE {_N} MODIFY (?:COLUMN )?{_N}", lambda _: Trace(None)),
    (rf"ALTER TABLE {_N} ALTER (?:COLUMN )?{_N}", lambda _: Trace(None)),
    (rf"ALTER TABLE {_N} RENAME (?:TO )?{_N}", lambda found: Trace(_TABLE, names=(found[2],))),
    (rf"RENAME TABLE {_N} TO {_N}", lambda found: Trace(_TABLE, names=(found[2],))),
    (rf"ALTER TABLE {_N} ADD CONSTRAINT {_N}", _pair(_CONSTRAINT, True)),
    (rf"ALTER TABLE {_N} DROP (?:CONSTRAINT|FOREIGN KEY) {_N}", _pair(_CONSTRAINT, False)),
    (rf"ALTER TABLE {_N} DROP INDEX {_N}", _pair(_INDEX, False)),
)
_KNOWN = tuple((re.compile(r"\s+".join(form.split(" ")), re.IGNORECASE), make) for form, make in _FORMS)
_ROWS = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)


def moves_rows(statement: str) -> bool:
    """Whether it changes rows only, so that a transaction can hold it."""
    return _ROWS.match(statement) is not None


def trace_of(statement: str) -> Trace | None:
    """What a statement on tables leaves, ``None`` for a form that is not known."""
    text = statement.strip()
    return next((make(found) for pattern, make in _KNOWN if (found := pattern.match(text))), None)
