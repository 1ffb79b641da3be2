"""From rows to what a query asked for: sorted, counted up, cut."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from attrs import frozen

from newel_lua.model import LuaFault, LuaValue
from newel_lua.modules.core.conditions import Conditions, comparable

LIMIT, MOST, ORDERS = 100, 10_000, 8
OPTIONS = ("columns", "where", "order_by", "desc", "limit", "offset", "group_by", "having", "distinct")
Row = dict[str, Any]
AGGREGATES: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "count": len, "sum": lambda values: sum(_numbers(values)) if values else None,
    "avg": lambda values: sum(_numbers(values)) / len(values) if values else None,
    "min": lambda values: min(values, key=sort_key, default=None),
    "max": lambda values: max(values, key=sort_key, default=None),
}  # fmt: skip


@frozen
class Output:
    """A column of the answer: as it stands (``function`` is empty), or of all rows of a group."""

    name: str
    column: str | None
    function: str = ""

    def of(self, rows: Sequence[Row]) -> Any:
        if not self.function:
            return rows[0][self.column or ""] if rows else None
        if self.column is None:
            return len(rows)
        return AGGREGATES[self.function]([value for row in rows if (value := row[self.column]) is not None])


@frozen(kw_only=True)
class Selection:
    """The options of a query, but for its conditions."""

    outputs: tuple[Output, ...]
    tested: tuple[Output, ...]
    """Aggregates that ``having`` names and the answer does not show."""
    order: tuple[tuple[str, bool], ...]
    group: tuple[str, ...]
    having: Conditions | None
    distinct: bool
    limit: int
    offset: int

    @property
    def grouped(self) -> bool:
        return bool(self.group) or any(one.function for one in self.outputs)

    @property
    def enough(self) -> int | None:
        """After how many rows nothing changes any more; ``None``: all are needed."""
        return None if self.grouped or self.distinct or self.order else self.limit + self.offset

    def rows(self, found: list[Row]) -> list[Row]:
        """The answer."""
        if self.grouped:
            found = self._groups(found)
        else:
            found = self._sorted(found)
            if self.outputs:
                found = [{one.name: row[one.column or ""] for one in self.outputs} for row in found]
        if self.distinct:
            found = list({repr(sorted(row.items())): row for row in reversed(found)}.values())[::-1]
        return found[self.offset : self.offset + self.limit]

    def _groups(self, found: list[Row]) -> list[Row]:
        groups: dict[str, list[Row]] = {}
        for row in found:
            groups.setdefault(repr([row[name] for name in self.group]), []).append(row)
        if not groups and not self.group:
            groups = {"": []}
        outputs = self.outputs or tuple(Output(name, name) for name in self.group)
        made = [{one.name: one.of(rows) for one in (*outputs, *self.tested)} for rows in groups.values()]
        if self.having is not None:
            made = [row for row in made if self.having.test(row)]
        hidden = {one.name for one in self.tested}
        return self._sorted([{name: one for name, one in row.items() if name not in hidden} for row in made])

    def _sorted(self, rows: list[Row]) -> list[Row]:
        for name, down in reversed(self.order):
            rows = sorted(rows, key=lambda row: sort_key(row[name]), reverse=down)
        return rows


def read(options: Mapping[str, LuaValue], columns: Collection[str], function: str) -> Selection:
    """Raises ``LuaFault``."""

    def fault(what: str) -> LuaFault:
        return LuaFault(f"{function}: {what}")

    for name in options:
        if name in ("joins", "prefix"):
            raise fault(f"{name} is not for this function")
        if name not in OPTIONS:
            raise fault(f"there is no option '{name[:40]}'")
    known = Conditions(columns, function)
    outputs = tuple(_output(one, known, fault) for one in _listed(options.get("columns"), "columns", fault))
    given = options.get("group_by")
    group = tuple(
        known.column(one) for one in ([given] if isinstance(given, str) else _listed(given, "group_by", fault))
    )
    names = {one.name for one in outputs} or set(group) or set(columns)
    grouped = bool(group) or any(one.function for one in outputs)
    if grouped and any(not one.function and one.column not in group for one in outputs):
        raise fault("a column is neither in group_by nor in an aggregate")
    having = options.get("having")
    if having is not None and not group:
        raise fault("having needs group_by")
    tested: dict[str, Output] = {}
    tree = _named(having, outputs, tested, known, fault)
    sortable = Conditions(names if grouped else columns, function)
    return Selection(
        outputs=outputs,
        tested=tuple(tested.values()),
        order=_order(options, sortable, fault),
        group=group,
        having=None if having is None else Conditions.read(tree, names | {*tested}, function),
        distinct=options.get("distinct") is True,
        limit=_count(options.get("limit"), LIMIT, "limit", fault) or LIMIT,
        offset=_count(options.get("offset"), 0, "offset", fault),
    )


def sort_key(value: Any) -> tuple[int, Any]:
    """What is not there comes first, then numbers, then text."""
    if value is None:
        return (0, 0)
    return (1, value) if isinstance(value, int | float) else (2, str(value))


def _output(given: LuaValue, known: Conditions, fault: Callable[[str], LuaFault]) -> Output:
    if isinstance(given, str):
        return Output(known.column(given).rpartition(".")[2], given)
    if not isinstance(given, dict):
        raise fault("columns are names, or aggregates")
    function, column = given.get("agg") or "", given.get("column")
    if function and function not in AGGREGATES:
        raise fault("there is no such aggregate")
    name = None if function == "count" and column in (None, "*") else known.column(column)
    alias = given.get("alias") or (f"{function}_{name}" if function and name else function or name)
    return Output(str(alias), name, function)


def _order(
    options: Mapping[str, LuaValue], known: Conditions, fault: Callable[[str], LuaFault]
) -> tuple[tuple[str, bool], ...]:
    given, down = options.get("order_by"), options.get("desc") is True
    if isinstance(given, str):
        given = [one for one in given.split(",") if one.strip()]
    elif isinstance(given, dict) and given:
        given = [given]
    found = []
    for one in _listed(given, "order_by", fault):
        if isinstance(one, str):
            name, _, way = one.strip().partition(" ")
            if way.strip().lower() not in ("", "asc", "desc"):
                raise fault("order_by is a column, and perhaps asc or desc")
            found.append((known.column(name), way.strip().lower() == "desc" if way else down))
        elif isinstance(one, list) and one:
            found.append((known.column(one[0]), len(one) > 1 and one[1] is True))
        elif isinstance(one, dict):
            found.append((known.column(one.get("column")), one["desc"] is True if "desc" in one else down))
        else:
            raise fault("order_by is a column, or a list of {column, desc}")
    if len(found) > ORDERS:
        raise fault(f"order_by has more than {ORDERS} entries")
    return tuple(found)


def _named(
    node: LuaValue, outputs: Sequence[Output], tested: dict[str, Output], known: Conditions,
    fault: Callable[[str], LuaFault],
) -> LuaValue:  # fmt: skip
    """Aggregates in ``having`` by the names that they have among the columns, or get among ``tested``."""
    if isinstance(node, list):
        return [_named(one, outputs, tested, known, fault) for one in node]
    if isinstance(node, dict) and "agg" in node:
        wanted = _output({**node, "alias": None}, known, fault)
        for one in outputs:
            if (one.function, one.column) == (wanted.function, wanted.column):
                return one.name
        name = f"having {wanted.name}"
        tested[name] = Output(name, wanted.column, wanted.function)
        return name
    return node


def _listed(given: LuaValue, name: str, fault: Callable[[str], LuaFault]) -> Sequence[LuaValue]:
    if given is None or given == {}:
        return ()
    if not isinstance(given, list) or len(given) > 256:
        raise fault(f"{name} is a list")
    return given


def _count(given: LuaValue, default: int, name: str, fault: Callable[[str], LuaFault]) -> int:
    if given is None:
        return default
    number = given if isinstance(given, int | float) and not isinstance(given, bool) else math.nan
    if not abs(number) <= 1e9 or number != int(number):
        raise fault(f"{name} is a whole number")
    return max(0, min(int(number), MOST if name == "limit" else 10**9))


def _numbers(values: Sequence[Any]) -> list[float]:
    found = []
    for one in values:
        number = comparable(one, 0)[0]
        found.append(number if isinstance(number, int | float) else 0)
    return found
