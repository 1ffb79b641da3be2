"""The functions of ``core``, and the three gates before them: there is such a table, it can be read or written at all,
and an admin approved that this plugin does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from newel.errors import NewelError
from newel_lua.compat.tables import FILLED, KEPT, READ, TABLES, WRITE, Table
from newel_lua.model import Function, LuaFault, LuaRefused, LuaValue, Run
from newel_lua.modules.core import joining, selecting, sources
from newel_lua.modules.core.asking import Asking, denied, refused
from newel_lua.modules.core.conditions import Conditions
from newel_lua.modules.core.selecting import MOST, Row, Selection
from newel_lua.modules.core.writing import Writing

if TYPE_CHECKING:
    from newel.app import App

Work = Callable[[Table, Run, Sequence[LuaValue]], Awaitable[LuaValue]]


class Core:
    """Keeps the ``Module`` protocol."""

    name = "core"

    def __init__(self, app: App) -> None:
        self._app = app
        self._writing = Writing(self._select)
        reads: Mapping[str, Work] = {
            "query": self._query, "query_one": self._query_one, "count": self._count, "exists": self._exists,
        }  # fmt: skip
        writes: Mapping[str, Work] = {"insert": self._insert, "update": self._update, "delete": self._delete}
        self.functions: Mapping[str, Function] = {
            **{name: self._guarded(name, READ, work) for name, work in reads.items()},
            **{name: self._guarded(name, WRITE, work) for name, work in writes.items()},
        }

    def _guarded(self, name: str, right: str, work: Work) -> Function:
        function = f"core.{name}"

        async def run_it(run: Run, given: Sequence[LuaValue]) -> LuaValue:
            run.forbid(function, "before", "load")
            run.spend()
            wanted = given[0] if given else None
            if not isinstance(wanted, str):
                raise LuaFault(f"{function}: argument 1 (table) must be a string")
            table = await self._gate(run, function, wanted, right)
            if right == WRITE and run.tx is not None:
                raise LuaFault(f"{function} is not available inside db.transaction")
            try:
                return await work(table, run, given[1:])
            except NewelError as error:
                raise refused(error) from None

        return run_it

    async def _gate(self, run: Run, function: str, wanted: str, right: str) -> Table:
        table = TABLES.get(wanted)
        if table is None:
            raise await denied(self._app, run, function, f"core knows no table '{wanted[:60]}'")
        if right not in table.rights:
            raise await denied(self._app, run, function, f"'{table.name}' can only be read")
        if right not in run.plugin.grants.core.get(table.name, ()):
            detail = f"to {right} '{table.name}' is not approved for this plugin"
            raise await denied(self._app, run, function, detail)
        return table

    # -- reads --------------------------------------------------------------------------------------------------------

    async def _query(self, table: Table, run: Run, given: Sequence[LuaValue]) -> LuaValue:
        options = _options(given, "core.query")
        if options.get("joins"):
            return await self._joined(table, run, dict(options))
        conditions, selection = _read(table, "core.query", options)
        return selection.rows(await self._select(table, self._asking(table, run), conditions, selection.enough))

    async def _joined(self, table: Table, run: Run, options: dict[str, LuaValue]) -> LuaValue:
        function = "core.query"
        joins = joining.read(table, options.pop("joins"), lambda what: LuaFault(f"{function}: {what}"))
        for join in joins:
            await self._gate(run, function, join.table.name, READ)
            run.spend()
        options.setdefault("columns", [] if options.get("group_by") else joining.plain(table, joins))
        names = joining.columns(table, joins)
        conditions = Conditions.read(options.get("where"), names, function)
        selection = selecting.read(options, names, function)
        first = Conditions(table.columns, function)
        first.narrowed |= {name: one for name, one in conditions.narrowed.items() if name in table.columns}
        rows = joining.named(table, await self._select(table, self._asking(table, run), first, None))
        for join in joins:
            every = Conditions(join.table.columns, function)
            others = await self._select(join.table, self._asking(join.table, run), every, None)
            rows = joining.joined(rows, join, others, MOST)
            if len(rows) > MOST:
                raise LuaRefused(f"joins make more than {MOST} rows: narrow where", "too_many_rows")
        return selection.rows([row for row in rows if conditions.test(row)])

    async def _query_one(self, table: Table, run: Run, given: Sequence[LuaValue]) -> LuaValue:
        options = {**_options(given, "core.query_one"), "limit": 1}
        conditions, selection = _read(table, "core.query_one", options)
        found = await self._select(table, self._asking(table, run), conditions, selection.enough)
        return next(iter(selection.rows(found)), None)

    async def _count(self, table: Table, run: Run, given: Sequence[LuaValue]) -> LuaValue:
        conditions, _ = _read(table, "core.count", _where_only(given, "core.count"))
        if table.name == "content_data" and conditions.plainly("type", "datatype_id"):
            return await sources.count_entries(self._asking(table, run), conditions.narrowed)
        return len(await self._select(table, self._asking(table, run), conditions, None))

    async def _exists(self, table: Table, run: Run, given: Sequence[LuaValue]) -> LuaValue:
        conditions, _ = _read(table, "core.exists", _where_only(given, "core.exists"))
        return bool(await self._select(table, self._asking(table, run), conditions, 1))

    async def _select(self, table: Table, asking: Asking, conditions: Conditions, enough: int | None) -> list[Row]:
        """The rows that fulfil the conditions; ``enough`` of them."""
        found: list[Row] = []
        seen = 0
        async for part in sources.rows(table.name, asking, conditions.narrowed):
            seen += len(part)
            found += [row for row in part if conditions.test(row)]
            if enough is not None and len(found) >= enough:
                return found[:enough]
            if seen > MOST:
                detail = f"'{table.name}' has more than {MOST} rows to look at: name an id, a type or a parent in where"
                raise LuaRefused(detail, "too_many_rows")
        return found

    # -- writes -------------------------------------------------------------------------------------------------------

    async def _insert(self, table: Table, run: Run, given: Sequence[LuaValue]) -> LuaValue:
        values = _settable(table, given[0] if given else None, "core.insert", "values", FILLED)
        return await self._writing.insert(table, self._asking(table, run, write=True), values)

    async def _update(self, table: Table, run: Run, given: Sequence[LuaValue]) -> LuaValue:
        options = _options(given, "core.update")
        given_nulls = options.get("nulls")
        nulls = {str(name): None for name in given_nulls} if isinstance(given_nulls, list) else {}
        values = _settable(table, {**(options.get("set") or {}), **nulls}, "core.update", "set", KEPT)
        conditions = _mandatory(table, options, "core.update")
        return await self._writing.update(table, self._asking(table, run, write=True), conditions, values)

    async def _delete(self, table: Table, run: Run, given: Sequence[LuaValue]) -> LuaValue:
        conditions = _mandatory(table, _options(given, "core.delete"), "core.delete")
        return await self._writing.delete(table, self._asking(table, run, write=True), conditions)

    def _asking(self, table: Table, run: Run, *, write: bool = False) -> Asking:
        return Asking(self._app, run, table.reads | table.writes if write else table.reads)


def _options(given: Sequence[LuaValue], function: str) -> dict[str, LuaValue]:
    options = given[0] if given else None
    if options is None:
        return {}
    if not isinstance(options, dict):
        raise LuaFault(f"{function}: argument 2 (options) must be a table with names")
    return options


def _where_only(given: Sequence[LuaValue], function: str) -> dict[str, LuaValue]:
    return {name: one for name, one in _options(given, function).items() if name == "where"}


def _read(table: Table, function: str, options: Mapping[str, LuaValue]) -> tuple[Conditions, Selection]:
    conditions = Conditions.read(options.get("where"), table.columns, function)
    return conditions, selecting.read(options, table.columns, function)


def _mandatory(table: Table, options: Mapping[str, LuaValue], function: str) -> Conditions:
    if options.get("where") is None:
        raise LuaFault(f"{function}: where is missing")
    return Conditions.read(options["where"], table.columns, function)


def _settable(table: Table, given: LuaValue, function: str, where: str, passed: frozenset[str]) -> dict[str, Any]:
    """The values to write, without those of columns that are passed over."""
    if not isinstance(given, dict) or not given:
        raise LuaFault(f"{function}: {where} must be a table with names and values")
    for name in given:
        if name not in table.columns:
            raise LuaFault(f"{function}: there is no column '{name[:60]}'")
        own = name == "content_data_id" and function == "core.insert"
        if not own and name not in table.settable and name not in passed:
            raise LuaRefused(f"the column '{name}' of '{table.name}' cannot be written", "forbidden")
    values = {name: value for name, value in given.items() if name in table.settable or name not in passed}
    if not values:
        raise LuaRefused(f"nothing of this can be written in '{table.name}'", "forbidden")
    return values
