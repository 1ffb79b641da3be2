"""Conditions: a tree from the plugin to a shape and values.

The Lua half (``worker/lua/db.lua``) has brought all the ways of writing them to one form, so that a table which came
from a visitor can never be taken for a condition:

    ["and" | "or", [node, ...]]   ["not", node]   [operator, column, value, ...]

where ``column`` is a name or ``{"agg": function, "column": name}``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from newel.contracts.database import Value
from newel_lua.model import LuaRefused, LuaValue
from newel_lua.modules.db.arguments import Arguments
from newel_lua.modules.db.kinds import SOUGHT, TEXTS, UNORDERED, Unfit
from newel_lua.modules.db.names import kind_of, shown
from newel_lua.modules.db.sources import Sources, Term

DEPTH, NODES, LIST, PATTERN = 10, 50, 500, 1000
OPERATORS = ("=", "<>", ">", ">=", "<", "<=", "like", "not like", "in", "not in", "between", "null", "not null")
Shape: TypeAlias = tuple[Any, ...]
Resolve: TypeAlias = Callable[[LuaValue], Term]


class Reader:
    """Reads the conditions of one statement. ``values`` are in the order in which the shape needs them."""

    __slots__ = ("_args", "_nodes", "_sources", "values")

    def __init__(self, args: Arguments, sources: Sources) -> None:
        self._args = args
        self._sources = sources
        self._nodes = 0
        self.values: list[Value] = []

    def shape(self, node: LuaValue, where: str, resolve: Resolve, depth: int = 1) -> Shape:
        """The shape of a node. Raises ``LuaFault`` where it is none, ``LuaRefused`` for a value that does not fit."""
        self._nodes += 1
        if self._nodes > NODES:
            raise LuaRefused(f"{where} has more than {NODES} conditions")
        if depth > DEPTH:
            raise LuaRefused(f"{where} is nested deeper than {DEPTH}")
        if not isinstance(node, list) or len(node) < 2:
            raise self._args.fault(f"{where} must be made of conditions, got {kind_of(node)}")
        operator = node[0]
        if operator in ("and", "or"):
            parts = [self.shape(one, where, resolve, depth + 1) for one in self._args.as_list(node[1], where)]
            if not parts:
                raise self._args.fault(f"{where} has an empty list of conditions")
            return (operator, *parts)
        if operator == "not":
            return ("not", self.shape(node[1], where, resolve, depth + 1))
        if not isinstance(operator, str) or operator not in OPERATORS:
            raise self._args.fault(f"{where}: there is no operator {shown(operator)}")
        return self._leaf(operator, resolve(node[1]), node[2:], where)

    def _leaf(self, operator: str, term: Term, given: list[LuaValue], where: str) -> Shape:
        kind = self._sources.type_of(term)
        name = _name(term)
        if operator in ("null", "not null"):
            self._exactly(0, given, operator, where)
            return (operator, term)
        if (
            kind in UNORDERED
            and operator not in ("=", "<>", "in", "not in")
            and not (kind == "json" and "like" in operator)
        ):
            raise self._args.fault(f"{where}: '{name}' is {kind}, which has no order")
        if operator in ("in", "not in"):
            self._exactly(1, given, operator, where)
            return (operator, term, self._list(term, kind, given[0], where))
        if operator in ("like", "not like"):
            self._exactly(1, given, operator, where)
            self.values.append(self._pattern(name, kind, given[0], where))
            return (operator, term)
        self._exactly(2 if operator == "between" else 1, given, operator, where)
        self.values += [self._value(name, kind, one) for one in given]
        return (operator, term)

    def _exactly(self, count: int, given: list[LuaValue], operator: str, where: str) -> None:
        if len(given) != count:
            raise LuaRefused(f"{where}: the operator '{operator}' takes {count or 'no'} value{'s' * (count != 1)}")

    def _value(self, name: str, kind: str, value: LuaValue) -> Value:
        try:
            return SOUGHT[kind](value)
        except Unfit as unfit:
            raise LuaRefused(f"'{name}' {unfit}") from None

    def _list(self, term: Term, kind: str, given: LuaValue, where: str) -> int:
        """Takes the values, the last one again and again until they are as many as a power of two: few shapes."""
        values = self._args.as_list(given, f"{where}: the values of 'in'")
        if not 0 < len(values) <= LIST:
            raise LuaRefused(f"{where}: 'in' takes 1 to {LIST} values, got {len(values)}")
        found = [self._value(_name(term), kind, one) for one in values]
        size = 1 << (len(found) - 1).bit_length()
        self.values += found + found[-1:] * (size - len(found))
        return size

    def _pattern(self, name: str, kind: str, value: LuaValue, where: str) -> str:
        if kind not in (*TEXTS, "json"):
            raise self._args.fault(f"{where}: 'like' needs text, and '{name}' is {kind}")
        if not isinstance(value, str) or "\0" in value:
            raise LuaRefused(f"a pattern for '{name}' is text without a NUL byte")
        if len(value) > PATTERN:
            raise LuaRefused(f"a pattern for '{name}' has at most {PATTERN} characters")
        return value


def _name(term: Term) -> str:
    if isinstance(term[0], int):
        return str(term[1])
    return f"{term[0]}({term[1][1] if term[1] else '*'})"
