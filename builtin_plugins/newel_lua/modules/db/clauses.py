"""Shapes of conditions and terms as SQLAlchemy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, Double, FromClause, and_, bindparam, func, not_, or_
from sqlalchemy import cast as sql_cast

from newel_lua.modules.db.conditions import Shape
from newel_lua.modules.db.sources import Term


class Clauses:
    """Parameters are ``w0``, ``w1`` and so on, in the order of the shape."""

    def __init__(self, tables: Sequence[FromClause]) -> None:
        self._tables = tables
        self._next = 0

    def term(self, term: Term) -> ColumnElement[Any]:
        if isinstance(term[0], int):
            return self._tables[term[0]].c[term[1]]
        function, ref = term
        if ref is None:
            return func.count()
        column = self._tables[ref[0]].c[ref[1]]
        if function == "avg":  # MySQL's average of integers has four digits
            return func.avg(sql_cast(column, Double()))
        return cast("ColumnElement[Any]", getattr(func, function)(column))

    def condition(self, shape: Shape) -> ColumnElement[bool]:
        operator = shape[0]
        if operator == "and":
            return and_(*(self.condition(one) for one in shape[1:]))
        if operator == "or":
            return or_(*(self.condition(one) for one in shape[1:]))
        if operator == "not":
            return not_(self.condition(shape[1]))
        term: Any = self.term(shape[1])
        found: ColumnElement[bool] = self._compared(operator, term, shape)
        return found

    def _compared(self, operator: str, term: Any, shape: Shape) -> Any:
        match operator:
            case "=":
                return term == self._value()
            case "<>":
                return term != self._value()
            case ">":
                return term > self._value()
            case ">=":
                return term >= self._value()
            case "<":
                return term < self._value()
            case "<=":
                return term <= self._value()
            case "like":
                return term.like(self._value())
            case "not like":
                return term.not_like(self._value())
            case "between":
                return term.between(self._value(), self._value())
            case "null":
                return term.is_(None)
            case "not null":
                return term.is_not(None)
        values = [self._value() for _ in range(shape[2])]
        return term.in_(values) if operator == "in" else term.not_in(values)

    def _value(self) -> Any:
        name = f"w{self._next}"
        self._next += 1
        return bindparam(name)


def named(values: Sequence[Any]) -> dict[str, Any]:
    """The values under the names of their parameters."""
    return {f"w{number}": value for number, value in enumerate(values)}
