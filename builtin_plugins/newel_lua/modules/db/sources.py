"""The tables that a statement reads, and what the names in it mean."""

from __future__ import annotations

from typing import TypeAlias

from attrs import frozen

from newel_lua.model import LuaRefused
from newel_lua.modules.db.arguments import Arguments
from newel_lua.modules.db.catalogue import Known
from newel_lua.modules.db.definitions import Column
from newel_lua.modules.db.names import meant, shown

AGGREGATES = ("count", "sum", "avg", "min", "max")
Ref: TypeAlias = tuple[int, str]
"""The number of a source, and a column of it."""
Aggregate: TypeAlias = tuple[str, Ref | None]
"""A function and what it takes; ``None``: the rows."""
Term: TypeAlias = Ref | Aggregate


@frozen
class Source:
    """A table under the name that the plugin gives it."""

    label: str
    known: Known


class Sources:
    """The first is the table that was asked for, the others are joined to it."""

    __slots__ = ("_args", "_prefix", "all")

    def __init__(self, args: Arguments, prefix: str, first: Source) -> None:
        self._args = args
        self._prefix = prefix
        self.all = [first]

    def add(self, source: Source) -> None:
        if any(one.label == source.label for one in self.all):
            raise self._args.fault(f"joins: the table {shown(source.label)} is there twice: give one an 'alias'")
        self.all.append(source)

    def ref(self, name: object, where: str, start: int = 0) -> Ref:
        """What a name means: ``column``, of the source ``start`` or else of the only one that has it, or
        ``table.column``. Raises ``LuaRefused`` where there is no such column."""
        text = self._args.as_text(name, where)
        table, dot, column = text.rpartition(".")
        if dot:
            table = table.removeprefix(self._prefix)
            for number, source in enumerate(self.all):
                if source.label == table:
                    return (number, source.known.column(column).name)
            raise LuaRefused(
                f"there is no table {shown(table)} in this query{meant(table, [one.label for one in self.all])}"
            )
        if text not in self.all[start].known.definition.by_name:
            having = [number for number, one in enumerate(self.all) if text in one.known.definition.by_name]
            if len(having) > 1:
                raise LuaRefused(f"more than one table has a column {shown(text)}: write table.column")
            if having:
                return (having[0], text)
        return (start, self.all[start].known.column(text).name)

    def column(self, ref: Ref) -> Column:
        return self.all[ref[0]].known.definition.by_name[ref[1]]

    def aggregate(self, function: object, name: object, where: str) -> Aggregate:
        """Raises ``LuaFault`` where the column has no sum, order and so on."""
        if not isinstance(function, str) or function not in AGGREGATES:
            raise self._args.fault(f"{where}: there is no aggregate {shown(function)}")
        if name in (None, "*"):
            if function != "count":
                raise self._args.fault(f"{where}: {function} needs a column")
            return (function, None)
        ref = self.ref(name, where)
        kind = self.column(ref).type
        if function in ("sum", "avg") and kind not in ("integer", "real", "boolean"):
            raise self._args.fault(f"{where}: {function} needs numbers, and '{ref[1]}' is {kind}")
        if function in ("min", "max") and kind in ("json", "blob"):
            raise self._args.fault(f"{where}: '{ref[1]}' is {kind}, which has no order")
        return (function, ref)

    def type_of(self, term: Term) -> str:
        """The type of what a term gives."""
        if isinstance(term[0], int):
            return self.column(term).type
        function, ref = term
        if function == "count" or ref is None:
            return "integer"
        if function == "avg":
            return "real"
        kind = self.column(ref).type
        return "integer" if function == "sum" and kind == "boolean" else kind
