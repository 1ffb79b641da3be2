"""Conditions on rows in memory, in the form that the Lua half brings them to:

    ["and" | "or", [node, ...]]   ["not", node]   [operator, column, value, ...]

As in SQL, a comparison with what is not there is neither true nor false.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from attrs import Factory, define

from newel_lua.compat.tables import BLOCKED
from newel_lua.model import LuaFault, LuaRefused, LuaValue

DEPTH, NODES, LIST, PATTERN, PART = 10, 50, 500, 1000, 64
Truth = bool | None
Test = Callable[[Mapping[str, Any]], Truth]
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {"=": eq, "<>": ne, ">": gt, ">=": ge, "<": lt, "<=": le}
COUNTS = {**dict.fromkeys((*COMPARE, "like", "not like", "in", "not in"), 1), "between": 2, "null": 0, "not null": 0}


@define
class Conditions:
    """What rows must fulfil."""

    columns: Collection[str]
    function: str
    test: Test = lambda row: True
    narrowed: dict[str, list[LuaValue]] = Factory(dict)
    """Columns that can only have one of these values: what a source may be asked for."""
    _nodes: int = 0
    _others: bool = False
    """Whether there is more to fulfil than what is in ``narrowed``."""

    @classmethod
    def read(cls, node: LuaValue, columns: Collection[str], function: str) -> Conditions:
        """Raises ``LuaFault`` for what is no condition."""
        made = cls(columns, function)
        if node is not None:
            made.test = made._read(node, 1, must=True)
        return made

    def _read(self, node: LuaValue, depth: int, *, must: bool) -> Test:
        """``must``: every row has to fulfil this one."""
        self._nodes += 1
        if self._nodes > NODES or depth > DEPTH:
            raise self._fault(f"where has at most {NODES} conditions, nested {DEPTH} deep")
        if not isinstance(node, list) or len(node) < 2 or not isinstance(node[0], str):
            raise self._fault("where must be made of conditions")
        operator = node[0]
        if operator in ("and", "or"):
            parts = node[1] if isinstance(node[1], list) else []
            if not parts:
                raise self._fault("where has an empty list of conditions")
            narrows = must and (operator == "and" or len(parts) == 1)
            return (_every if operator == "and" else _some)([self._read(one, depth + 1, must=narrows) for one in parts])
        if operator == "not":
            return _not(self._read(node[1], depth + 1, must=False))
        return self._leaf(operator, node[1], node[2:], must=must)

    def _leaf(self, operator: str, column: LuaValue, given: Sequence[LuaValue], *, must: bool) -> Test:
        if operator not in COUNTS:
            raise self._fault(f"there is no operator '{operator[:40]}'")
        name = self.column(column)
        self._others = self._others or not must or operator not in ("=", "in")
        if len(given) != COUNTS[operator]:
            raise self._fault(f"the operator '{operator}' takes {COUNTS[operator]} value(s)")
        if operator in ("null", "not null"):
            wanted = operator == "null"
            return lambda row: (row[name] is None) is wanted
        if operator in ("in", "not in"):
            values = given[0]
            if not isinstance(values, list) or not 0 < len(values) <= LIST:
                raise self._fault(f"'in' takes a list of 1 to {LIST} values")
            if operator == "in" and must:
                self._narrow(name, values)
            return _within(name, values, wanted=operator == "in")
        if "like" in operator:
            return _like(name, _pattern(self, given[0]), wanted=operator == "like")
        if operator == "between":
            return _every([_compared(name, ge, given[0]), _compared(name, le, given[1])])
        if operator == "=" and must:
            self._narrow(name, [given[0]])
        return _compared(name, COMPARE[operator], given[0])

    def plainly(self, *columns: str) -> bool:
        """Whether all of it is that these columns have one of the values in ``narrowed``."""
        return not self._others and self.narrowed.keys() <= set(columns)

    def column(self, name: LuaValue) -> str:
        """Raises ``LuaFault`` for one that there is not, ``LuaRefused`` for one that nobody is told."""
        if isinstance(name, str) and name in BLOCKED and name not in self.columns:
            raise LuaRefused(f"the column '{name}' is not told to plugins", "forbidden")
        if not isinstance(name, str) or name not in self.columns:
            shown = name[:60] if isinstance(name, str) and name.isprintable() else "?"
            raise self._fault(f"there is no column '{shown}'")
        return name

    def _narrow(self, column: str, values: list[LuaValue]) -> None:
        had = self.narrowed.get(column)
        self.narrowed[column] = values if had is None else [one for one in had if one in values]

    def _fault(self, what: str) -> LuaFault:
        return LuaFault(f"{self.function}: {what}")


def comparable(value: Any, other: Any) -> tuple[Any, Any]:
    """Both as numbers or both as text: values of fields are text there, and numbers are written without quotes."""
    number, other_number = isinstance(value, int | float), isinstance(other, int | float)
    if number == other_number:
        return value, other
    text, figure = (other, value) if number else (value, other)
    try:
        found: Any = float(text) if isinstance(text, str) and len(text) < 40 else None
    except ValueError:
        found = None
    if found is None:
        return (str(value), str(other))
    return (figure, found) if number else (found, figure)


def _compared(name: str, compare: Callable[[Any, Any], bool], wanted: LuaValue) -> Test:
    def test(row: Mapping[str, Any]) -> Truth:
        value = row[name]
        if value is None or wanted is None:
            return None
        try:
            return compare(*comparable(value, wanted))
        except TypeError:
            return compare is ne

    return test


def _within(name: str, values: list[LuaValue], *, wanted: bool) -> Test:
    plain = {one for one in values if isinstance(one, str | int | float | bool)}
    texts = {str(one) for one in plain}

    def test(row: Mapping[str, Any]) -> Truth:
        value = row[name]
        if value is None:
            return None
        return (isinstance(value, str | int | float) and (value in plain or str(value) in texts)) is wanted

    return test


def _like(name: str, matches: Callable[[str], bool], *, wanted: bool) -> Test:
    def test(row: Mapping[str, Any]) -> Truth:
        value = row[name]
        return None if value is None else matches(str(value).lower()) is wanted

    return test


def _pattern(conditions: Conditions, value: LuaValue) -> Callable[[str], bool]:
    """``%`` is any text, ``_`` any character, case is of no matter. Parts are looked for one after the other, so that
    no pattern takes longer than the text is long."""
    if not isinstance(value, str) or len(value) > PATTERN:
        raise conditions._fault(f"a pattern is text of at most {PATTERN} characters")
    first, *rest = (_part(one) for one in value.lower().split("%"))
    if any("_" in one and len(one) > PART for one in value.split("%")[1:-1]):
        raise conditions._fault(f"a part of a pattern between two % with _ in it has at most {PART} characters")
    if not rest:
        return lambda text: first.fullmatch(text) is not None
    *middle, last = rest
    size = len(value.rsplit("%", 1)[1])

    def matches(text: str) -> bool:
        found = first.match(text)
        for part in middle:
            found = part.search(text, found.end()) if found else None
        return found is not None and len(text) - size >= found.end() and last.match(text, len(text) - size) is not None

    return matches


def _part(text: str) -> re.Pattern[str]:
    return re.compile("".join("." if one == "_" else re.escape(one) for one in text), re.DOTALL)


def _every(tests: Sequence[Test]) -> Test:
    def test(row: Mapping[str, Any]) -> Truth:
        answer: Truth = True
        for one in tests:
            found = one(row)
            if found is False:
                return False
            answer = answer and found
        return answer

    return test


def _some(tests: Sequence[Test]) -> Test:
    def test(row: Mapping[str, Any]) -> Truth:
        answer: Truth = False
        for one in tests:
            found = one(row)
            if found:
                return True
            answer = None if found is None else answer
        return answer

    return test


def _not(inner: Test) -> Test:
    def test(row: Mapping[str, Any]) -> Truth:
        found = inner(row)
        return None if found is None else not found

    return test
