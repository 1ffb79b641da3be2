"""Queries as statements. Each is rendered once, and found again by its shape."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from attrs import frozen
from sqlalchemy import ColumnElement, FromClause, bindparam, func, join, literal, select
from sqlalchemy.sql.expression import ClauseElement, Select

from newel.contracts.database import Database, Row
from newel_lua.model import LuaValue
from newel_lua.modules.db.clauses import Clauses
from newel_lua.modules.db.ddl import quoted
from newel_lua.modules.db.definitions import KEYED_LENGTH
from newel_lua.modules.db.kinds import DECODE, Decode
from newel_lua.modules.db.options import Query
from newel_lua.modules.db.sources import Ref

KEPT = 1000
T = TypeVar("T")
NARROW = ("integer", "real", "boolean", "timestamp")


class Statements:
    """What was made for the last shapes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[Hashable, Any] = {}

    def text(self, key: Hashable, make: Callable[[], ClauseElement]) -> str:
        """The text of a statement; ``make`` is called where the key is new."""
        return self._of(key, lambda: self._database.render(make()))

    def rows(self, query: Query) -> tuple[str, Columns]:
        return self._of(("rows", query.shape), lambda: (self._database.render(rows(query)), columns_of(query)))

    def _of(self, key: Hashable, make: Callable[[], T]) -> T:
        found: T | None = self._kept.get(key)
        if found is None:
            if len(self._kept) >= KEPT:
                del self._kept[next(iter(self._kept))]
            found = self._kept[key] = make()
        return found


@frozen
class Columns:
    """How the rows of a query become tables of Lua."""

    decoders: tuple[tuple[str, Decode | None], ...]
    wide: bool
    """A row may be of any size."""

    def row(self, row: Row) -> dict[str, LuaValue]:
        return {
            name: value if value is None or decode is None else decode(value)
            for name, decode in self.decoders
            for value in (row[name],)
        }


def columns_of(query: Query) -> Columns:
    decoders = tuple((name, DECODE.get(query.type_of(term))) for name, term in query.outputs)
    return Columns(decoders, any(map(_wide(query), range(len(query.outputs)))))


def _wide(query: Query) -> Callable[[int], bool]:
    def wide(number: int) -> bool:
        term = query.outputs[number][1]
        if query.type_of(term) in NARROW:
            return False
        ref = cast("Ref", term if isinstance(term[0], int) else term[1])
        lengths = query.sources[ref[0]].known.definition.lengths
        return lengths.get(ref[1], KEYED_LENGTH * 10) > KEYED_LENGTH * 2

    return wide


def rows(query: Query) -> Select[Any]:
    """The rows of a page: ``:limit`` and ``:offset``."""
    tables = _tables(query)
    clauses = Clauses(tables)
    outputs = [clauses.term(term).label(quoted(name)) for name, term in query.outputs]
    made = _filtered(select(*outputs), query, tables, clauses)
    if query.group:
        made = made.group_by(*(clauses.term(ref) for ref in query.group))
    if query.having is not None:
        made = made.having(clauses.condition(query.having))
    if query.distinct:
        made = made.distinct()
    if query.order:
        made = made.order_by(*(_directed(clauses.term(term), desc) for term, desc in query.order))
    return made.limit(bindparam("limit")).offset(bindparam("offset"))


def count(query: Query) -> Select[Any]:
    tables = _tables(query)
    return _filtered(select(func.count().label("n")), query, tables, Clauses(tables))


def exists(query: Query) -> Select[Any]:
    tables = _tables(query)
    return _filtered(select(literal(1).label("n")), query, tables, Clauses(tables)).limit(1)


def _directed(element: ColumnElement[Any], desc: bool) -> ColumnElement[Any]:
    return element.desc() if desc else element.asc()


def _tables(query: Query) -> list[FromClause]:
    """Where tables are joined each has a name of its own: one may be there twice."""
    if len(query.sources) == 1:
        return [query.sources[0].known.sql]
    return [one.known.sql.alias(f"t{number}") for number, one in enumerate(query.sources)]


def _filtered(made: Select[Any], query: Query, tables: list[FromClause], clauses: Clauses) -> Select[Any]:
    source = tables[0]
    for number, (kind, left, right) in enumerate(query.joins, 1):
        on = tables[left[0]].c[left[1]] == tables[right[0]].c[right[1]]
        if kind == "right":  # older SQLite has no RIGHT JOIN
            source = join(tables[number], source, on, isouter=True)
        else:
            source = join(source, tables[number], on, isouter=kind == "left")
    made = made.select_from(source)
    return made if query.where is None else made.where(clauses.condition(query.where))
