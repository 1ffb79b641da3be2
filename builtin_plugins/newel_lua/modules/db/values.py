"""Rows from a plugin as rows of the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from newel.contracts.database import Value
from newel_lua.model import LuaRefused, LuaValue
from newel_lua.modules.db.catalogue import Known
from newel_lua.modules.db.definitions import Column
from newel_lua.modules.db.kinds import ENCODE, Unfit

MOST = 4 * 1024 * 1024
"""Bytes of all values of one call."""


def encoded(known: Known, column: Column, value: LuaValue) -> Value:
    """Raises ``LuaRefused`` where the column does not take the value."""
    if value is None:
        if column.not_null:
            raise LuaRefused(f"not null violation: '{column.name}' of '{known.name}' needs a value")
        return None
    try:
        kept = ENCODE[column.type](value)
    except Unfit as unfit:
        raise LuaRefused(f"'{column.name}' of '{known.name}' {unfit}") from None
    most = known.definition.lengths.get(column.name)
    if most is not None and isinstance(kept, str) and len(kept) > most:
        raise LuaRefused(f"'{column.name}' of '{known.name}' takes at most {most} characters, since it has an index")
    if column.name == "id" and not kept:
        raise LuaRefused(f"'id' of '{known.name}' cannot be empty")
    return kept


def new_row(
    known: Known, given: Mapping[str, LuaValue], nulls: Iterable[str], own: Mapping[str, str]
) -> dict[str, Value]:
    """A value for each column, under the names of ``parameters``. ``own``: of those that every table has."""
    for name in given:
        known.column(name)
    empty = set(nulls)
    return {
        f"c{number}": encoded(known, column, None if column.name in empty else _filled(column, given, own))
        for number, column in enumerate(known.definition.columns)
    }


def _filled(column: Column, given: Mapping[str, LuaValue], own: Mapping[str, str]) -> LuaValue:
    value = given.get(column.name)
    if value is None:
        value = own.get(column.name, column.default)
    return value


def changes(known: Known, given: Mapping[str, LuaValue], nulls: Iterable[str]) -> dict[str, Value]:
    """Column and value, in the order of the names."""
    found = {name: encoded(known, known.column(name), value) for name, value in given.items()}
    found |= {name: encoded(known, known.column(name), None) for name in nulls}
    return dict(sorted(found.items()))


def check_size(rows: Iterable[Mapping[str, Value]]) -> None:
    size = sum(len(value) for row in rows for value in row.values() if isinstance(value, str | bytes))
    if size > MOST:
        raise LuaRefused(f"the values have more than {MOST} bytes in all: write them in parts")
