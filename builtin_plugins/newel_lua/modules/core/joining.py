"""``joins`` of ``core``: rows of several tables beside each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from newel_lua.compat.tables import TABLES, Table
from newel_lua.model import LuaFault, LuaValue
from newel_lua.modules.core.selecting import Row

MOST = 4
KINDS = ("inner", "left")


@frozen
class Join:
    """``local`` is a column of what is there before it, ``foreign`` one of its own."""

    kind: str
    table: Table
    local: str
    foreign: str


def read(table: Table, given: LuaValue, fault: Callable[[str], LuaFault]) -> tuple[Join, ...]:
    """Raises ``LuaFault``."""
    if given is None or given == {}:
        return ()
    if not isinstance(given, list) or len(given) > MOST:
        raise fault(f"joins is a list of {MOST} at most")
    made: list[Join] = []
    for one in given:
        told = one if isinstance(one, dict) else {}
        kind, other = str(told.get("type") or "inner").lower(), TABLES.get(str(told.get("table")))
        if kind not in KINDS or other is None or other.name in {table.name, *(join.table.name for join in made)}:
            raise fault("a join is inner or left, and names another table that core knows")
        local, foreign = told.get("local_col"), told.get("foreign_col")
        if local not in columns(table, made) or foreign not in other.columns:
            raise fault(f"there are no such local_col and foreign_col to join '{other.name}' by")
        made.append(Join(kind, other, str(local), str(foreign)))
    return tuple(made)


def plain(table: Table, joins: Sequence[Join]) -> list[str]:
    """The columns by their bare names; of several with one name, the first table's."""
    return list(dict.fromkeys(name for one in (table, *(join.table for join in joins)) for name in one.columns))


def columns(table: Table, joins: Sequence[Join]) -> list[str]:
    """All names that a query may use: bare, and behind the name of their table."""
    tables = (table, *(join.table for join in joins))
    return [*plain(table, joins), *(f"{one.name}.{name}" for one in tables for name in one.columns)]


def named(table: Table, rows: Sequence[Row]) -> list[Row]:
    """Rows of the first table, under both names."""
    return [row | {f"{table.name}.{name}": row[name] for name in table.columns} for row in rows]


def joined(rows: Sequence[Row], join: Join, others: Sequence[Row], most: int) -> list[Row]:
    """The rows with what belongs to each; it ends with the one that is beyond ``most``."""
    found: dict[LuaValue, list[Row]] = {}
    for other in others:
        if (key := other[join.foreign]) is not None:
            found.setdefault(str(key), []).append(other)
    nothing: Mapping[str, LuaValue] = dict.fromkeys(join.table.columns)
    made: list[Row] = []
    for row in rows:
        matches: Sequence[Mapping[str, LuaValue]] = found.get(str(row[join.local]), ())
        for match in matches or ([nothing] if join.kind == "left" else ()):
            own = {f"{join.table.name}.{name}": match[name] for name in join.table.columns}
            made.append({name: match[name] for name in join.table.columns} | own | row)
            if len(made) > most:
                return made
    return made
