"""The options of ``db.query`` and its like, read to a ``Query``."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from attrs import frozen

from newel.contracts.database import Value
from newel_lua.model import LuaValue
from newel_lua.modules.db.arguments import Arguments
from newel_lua.modules.db.catalogue import Known
from newel_lua.modules.db.conditions import Reader, Shape
from newel_lua.modules.db.names import is_column, is_table, shown
from newel_lua.modules.db.sources import Ref, Source, Sources, Term

OPTIONS = (
    "columns", "where", "order_by", "desc", "limit", "offset", "group_by", "having", "distinct", "joins", "prefix",
)  # fmt: skip
LIMIT, MOST, OFFSET, ORDERS, JOINS, OUTPUTS = 100, 10_000, 1_000_000_000, 8, 8, 256
_ON = re.compile(r"\s*([\w.]+)\s*=\s*([\w.]+)\s*", re.ASCII)
_ORDER = re.compile(r"\s*([\w.]+)(?:\s+(asc|desc))?\s*", re.ASCII | re.IGNORECASE)
Find: TypeAlias = Callable[[str], Awaitable[Known]]
"""The plugin's table of a name."""


@frozen(eq=False)
class Query:
    """``shape`` is all that the text depends on; ``values`` fill its conditions."""

    shape: Shape
    sources: tuple[Source, ...]
    joins: tuple[tuple[str, Ref, Ref], ...]
    outputs: tuple[tuple[str, Term], ...]
    where: Shape | None
    group: tuple[Ref, ...]
    having: Shape | None
    order: tuple[tuple[Term, bool], ...]
    distinct: bool
    grouped: bool
    """Its rows are of groups, or of all rows together."""
    values: tuple[Value, ...]
    type_of: Callable[[Term], str]


@frozen
class Page:
    """Which rows are wanted."""

    limit: int
    offset: int


def page(args: Arguments, options: Mapping[str, LuaValue]) -> Page:
    limit, offset = options.get("limit"), options.get("offset")
    count = LIMIT if limit is None else args.as_count(limit, "limit")
    skip = 0 if offset is None else args.as_count(offset, "offset")
    if not 0 <= skip <= OFFSET:
        raise args.fault(f"offset must be from 0 to {OFFSET}")
    return Page(min(count, MOST) if count > 0 else LIMIT, skip)


async def query(args: Arguments, options: Mapping[str, LuaValue], table: str, prefix: str, find: Find) -> Query:
    """Reads all options but ``limit`` and ``offset``."""
    args.known(options, OPTIONS)
    label = options.get("prefix")
    first = Source(table if label is None else args.as_text(label, "prefix"), await find(table))
    sources = Sources(args, prefix, first)
    joins = [await _join(args, sources, one, find) for one in _list(args, options, "joins", JOINS)]
    return _Parser(args, sources, tuple(joins)).read(options)


def _list(args: Arguments, options: Mapping[str, LuaValue], name: str, most: int) -> Sequence[LuaValue]:
    found = args.as_list(options.get(name) or {}, name)
    if len(found) > most:
        raise args.fault(f"{name} has more than {most} entries")
    return found


async def _join(args: Arguments, sources: Sources, value: LuaValue, find: Find) -> tuple[str, Ref, Ref]:
    given = args.as_table(value, "a join")
    args.known(given, ("type", "table", "alias", "local_col", "foreign_col", "on"), "a join: ")
    kind = args.as_text(given.get("type") or "inner", "the type of a join").lower()
    if kind not in ("inner", "left", "right"):
        raise args.fault(f"the type of a join is inner, left or right, not {shown(kind)}")
    table = args.as_text(given.get("table"), "the table of a join")
    label = args.as_text(given.get("alias") or table, "the alias of a join")
    if not is_table(label):
        raise args.fault(f"{shown(label)} is no alias: at most 63 of a-z, 0-9 and _, no digit first")
    sources.add(Source(label, await find(table)))
    local, foreign = given.get("local_col"), given.get("foreign_col")
    if (on := given.get("on")) is not None:
        found = _ON.fullmatch(args.as_text(on, "on of a join"))
        if found is None:
            raise args.fault("on of a join is written 'table.column = other.column'")
        local, foreign = found[1], found[2]
    left = sources.ref(local, "local_col of a join")
    return (kind, left, sources.ref(foreign, "foreign_col of a join", len(sources.all) - 1))


class _Parser:
    def __init__(self, args: Arguments, sources: Sources, joins: tuple[tuple[str, Ref, Ref], ...]) -> None:
        self._args = args
        self._sources = sources
        self._joins = joins
        self._named: dict[str, Term] = {}

    def read(self, options: Mapping[str, LuaValue]) -> Query:
        args, sources = self._args, self._sources
        reader = Reader(args, sources)
        given = options.get("group_by")
        groups = [given] if isinstance(given, str) else _list(args, options, "group_by", ORDERS)
        group = tuple(sources.ref(one, "group_by") for one in groups)
        columns = _list(args, options, "columns", OUTPUTS)
        plain = not (columns or group or self._joins)
        outputs = sources.all[0].known.outputs if plain else self._outputs(columns, group)
        where, having = options.get("where"), options.get("having")
        where_shape = None if where is None else reader.shape(where, "where", lambda one: sources.ref(one, "where"))
        if having is not None and not group:
            raise args.fault("having needs group_by")
        having_shape = None if having is None else reader.shape(having, "having", self._grouped_term)
        grouped = bool(group) or (bool(columns) and any(isinstance(term[0], str) for _, term in outputs))
        distinct = args.as_flag(options.get("distinct"), "distinct")
        order = self._order(options)
        if order or columns:
            self._check(outputs, order, group, grouped=grouped, distinct=distinct)
        order = self._settled(order, outputs, group, where_shape, grouped=grouped, distinct=distinct)
        tables = tuple(one.known for one in sources.all)
        chosen = None if plain else outputs
        shape = (tables, self._joins, chosen, where_shape, group, having_shape, order, distinct)
        return Query(
            shape, tuple(sources.all), self._joins, outputs, where_shape, group, having_shape, order, distinct, grouped,
            tuple(reader.values), sources.type_of,
        )  # fmt: skip

    def _outputs(self, given: Sequence[LuaValue], group: tuple[Ref, ...]) -> tuple[tuple[str, Term], ...]:
        found: list[tuple[str, Term]] = []
        if not given and group:
            found = [(ref[1], ref) for ref in group]
        elif not given:
            for number, source in enumerate(self._sources.all):
                taken = {name for name, _ in found}  # of two columns with one name, the first table's
                names = [name for name in source.known.definition.by_name if name not in taken]
                found += [(name, (number, name)) for name in names]
        for one in given:
            found.append(self._output(one))
        for name, term in found:
            if name in self._named:
                raise self._args.fault(f"columns: two are called '{name}': give one an 'alias'")
            self._named[name] = term
        return tuple(found)

    def _output(self, value: LuaValue) -> tuple[str, Term]:
        if isinstance(value, str):
            ref = self._sources.ref(value, "columns")
            return (ref[1], ref)
        given = self._args.as_table(value, "columns: an entry")
        self._args.known(given, ("agg", "column", "alias"), "columns: ")
        term = self._term(given, "columns")
        alias = given.get("alias")
        if alias is None or alias == "":
            return (_plain_name(term), term)
        if not is_column(alias):
            raise self._args.fault(f"columns: {shown(alias)} is no alias: letters, digits and _, no digit first")
        return (str(alias), term)

    def _term(self, given: Mapping[str, LuaValue], where: str) -> Term:
        if "agg" in given:
            return self._sources.aggregate(given["agg"], given.get("column"), where)
        return self._sources.ref(given.get("column"), where)

    def _grouped_term(self, value: LuaValue) -> Term:
        """In ``having``: an aggregate, the name of an output, or a column."""
        if isinstance(value, dict):
            return self._term(value, "having")
        if isinstance(value, str) and value in self._named:
            return self._named[value]
        return self._sources.ref(value, "having")

    def _order(self, options: Mapping[str, LuaValue]) -> tuple[tuple[Term, bool], ...]:
        given = options.get("order_by")
        down = self._args.as_flag(options.get("desc"), "desc")
        if isinstance(given, str):
            entries: list[tuple[LuaValue, bool]] = [
                self._written(part, down) for part in given.split(",") if given.strip()
            ]
        else:
            if isinstance(given, dict) and given:
                given = [given]
            entries = [self._entry(one, down) for one in self._args.as_list(given or {}, "order_by")]
        if len(entries) > ORDERS:
            raise self._args.fault(f"order_by has more than {ORDERS} entries")
        return tuple((self._ordered(name), desc) for name, desc in entries)

    def _written(self, part: str, down: bool) -> tuple[LuaValue, bool]:
        found = _ORDER.fullmatch(part)
        if found is None:
            return (part, down)  # told as a column that there is not
        return (found[1], found[2].lower() == "desc" if found[2] else down)

    def _entry(self, value: LuaValue, down: bool) -> tuple[LuaValue, bool]:
        if isinstance(value, str):
            return self._written(value, down)
        if isinstance(value, list) and len(value) in (1, 2):  # {column, desc}
            value = dict(zip(("column", "desc"), value, strict=False))
        given = self._args.as_table(value, "order_by: an entry")
        self._args.known(given, ("column", "desc"), "order_by: ")
        return (given.get("column"), self._args.as_flag(given.get("desc"), "desc"))

    def _ordered(self, name: LuaValue) -> Term:
        term = self._named.get(name) if isinstance(name, str) else None
        if term is None:
            term = self._sources.ref(name, "order_by")
        if self._sources.type_of(term) in ("json", "blob"):
            raise self._args.fault(f"order_by: {shown(name)} has no order")
        return term

    def _check(
        self,
        outputs: tuple[tuple[str, Term], ...],
        order: tuple[tuple[Term, bool], ...],
        group: tuple[Ref, ...],
        *,
        grouped: bool,
        distinct: bool,
    ) -> None:
        """Some engines guess where the query leaves open what is meant, and others refuse: it is refused."""
        shown_terms = [term for _, term in outputs]
        for term in [*shown_terms, *(one for one, _ in order)]:
            if grouped and isinstance(term[0], int) and term not in group:
                raise self._args.fault(f"the column '{term[1]}' is neither in group_by nor in an aggregate")
            if not grouped and isinstance(term[0], str):
                raise self._args.fault("an aggregate in order_by must be in columns too")
        if distinct and any(term not in shown_terms for term, _ in order):
            raise self._args.fault("with distinct, order_by must name columns that are selected")

    def _settled(
        self,
        order: tuple[tuple[Term, bool], ...],
        outputs: tuple[tuple[str, Term], ...],
        group: tuple[Ref, ...],
        where: Shape | None,
        *,
        grouped: bool,
        distinct: bool,
    ) -> tuple[tuple[Term, bool], ...]:
        """With what makes the order complete, so that pages do not overlap and all engines answer the same."""
        if grouped:
            rest: list[Term] = list(group)
        elif distinct:
            rest = [term for _, term in outputs]
        elif len(self._sources.all) == 1 and _by_id(where):
            return ()
        else:
            rest = [(number, "id") for number in range(len(self._sources.all))]
        named = {term for term, _ in order}
        desc = bool(order) and order[-1][1]  # in one direction, so that an index can serve it
        return (*order, *((term, desc) for term in rest if term not in named))


def _by_id(where: Shape | None) -> bool:
    """Whether at most one row of the first table is meant."""
    if where is None:
        return False
    return any(one[:2] == ("=", (0, "id")) for one in (where[1:] if where[0] == "and" else (where,)))


def _plain_name(term: Term) -> str:
    if isinstance(term[0], int):
        return str(term[1])
    return term[0] if term[1] is None else f"{term[0]}_{term[1][1]}"
