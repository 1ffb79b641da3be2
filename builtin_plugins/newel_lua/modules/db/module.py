"""The functions of the module ``db``, as the host calls them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from logging import Logger
from typing import TypeAlias

from newel.contracts.clock import Clock
from newel.contracts.database import Database
from newel.errors import NewelError
from newel.ids import Ids
from newel.structure import rfc3339
from newel_lua.model import Function, LuaFault, LuaRefused, LuaValue, Run
from newel_lua.modules.db.arguments import Arguments
from newel_lua.modules.db.catalogue import Catalogue, Known
from newel_lua.modules.db.defining import Defining
from newel_lua.modules.db.definitions import Definition
from newel_lua.modules.db.names import prefix
from newel_lua.modules.db.options import LIMIT, Page, Query, page, query
from newel_lua.modules.db.parsing import definition_of, index_of, table_name, with_index
from newel_lua.modules.db.running import SECONDS, Running
from newel_lua.modules.db.selects import Statements, count, exists
from newel_lua.modules.db.transactions import Transactions
from newel_lua.modules.db.writes import Writes

_FEW = 1
"""Rows that are fetched at once, whatever their size: one has 128 MiB at most, since a table has so many columns."""
_FARTHEST = 400 * 366 * 86_400
Work: TypeAlias = Callable[[Arguments, Run], Awaitable[LuaValue]]


class Db:
    """Keeps the ``Module`` protocol. ``seconds``: how long a statement or a transaction may take."""

    name = "db"

    def __init__(self, database: Database, clock: Clock, ids: Ids, log: Logger, *, seconds: float = SECONDS) -> None:
        self._clock = clock
        self._ids = ids
        self.catalogue = Catalogue(database)
        self._defining = Defining(database, self.catalogue, lambda: rfc3339(clock.now()))
        self._running = Running(database, self.catalogue, log, seconds)
        self._statements = Statements(database)
        self._writes = Writes(self._running, self._statements, ids, clock.now)
        transactions = Transactions(database, seconds)
        counted: Mapping[str, Work] = {
            "query": self._query, "query_one": self._query_one, "count": self._count, "exists": self._exists,
            "insert": self._insert, "insert_many": self._insert_many, "upsert": self._upsert,
            "update": self._update, "delete": self._delete,
            "define_table": self._define_table, "create_index": self._create_index,
            "begin": lambda args, run: transactions.begin(run),
        }  # fmt: skip
        self.functions: Mapping[str, Function] = {
            **{name: partial(_counted, f"db.{_PUBLIC.get(name, name)}", work) for name, work in counted.items()},
            "commit": lambda run, _: transactions.commit(run),
            "rollback": lambda run, _: transactions.roll_back(run),
            "ulid": self._ulid,
            "timestamp": self._timestamp,
            "timestamp_ago": self._timestamp_ago,
        }

    async def _query(self, args: Arguments, run: Run) -> LuaValue:
        wanted, where = await self._read(args, run)
        return await self._rows(run, wanted, where)

    async def _query_one(self, args: Arguments, run: Run) -> LuaValue:
        wanted, where = await self._read(args, run)
        found = await self._rows(run, wanted, Page(1, where.offset))
        return found[0] if found else None

    async def _rows(self, run: Run, wanted: Query, where: Page) -> list[LuaValue]:
        text, columns = self._statements.rows(wanted)
        values = {f"w{number}": value for number, value in enumerate(wanted.values)}
        values |= {"limit": where.limit, "offset": where.offset}
        few = where.limit <= _FEW or not columns.wide or not wanted.order
        rows = await (self._running.all if few else self._running.bounded)(run, text, values)
        return [columns.row(row) for row in rows]

    async def _count(self, args: Arguments, run: Run) -> LuaValue:
        wanted, _ = await self._read(args, run, rows=False)
        text = self._statements.text(("count", wanted.shape), lambda: count(wanted))
        row = await self._running.one(run, text, {f"w{n}": value for n, value in enumerate(wanted.values)})
        return int(row["n"]) if row else 0

    async def _exists(self, args: Arguments, run: Run) -> LuaValue:
        wanted, _ = await self._read(args, run, rows=False)
        text = self._statements.text(("exists", wanted.shape), lambda: exists(wanted))
        row = await self._running.one(run, text, {f"w{n}": value for n, value in enumerate(wanted.values)})
        return row is not None

    async def _read(self, args: Arguments, run: Run, *, rows: bool = True) -> tuple[Query, Page]:
        """The query, and which rows of it. Not ``rows``: only whether and how many there are."""
        table = table_name(args)
        given = args.at(2)
        options = {} if given is None else dict(args.table(2, "options"))
        which = page(args, options) if rows else Page(LIMIT, 0)
        for name in ("limit", "offset") if rows else ("limit", "offset", "order_by", "desc", "columns"):
            options.pop(name, None)
        plugin = run.plugin.name
        wanted = await query(args, options, table, prefix(plugin), lambda name: self._table(run, name))
        if not rows and (wanted.grouped or wanted.distinct):
            raise args.fault("group_by and distinct have no meaning here")
        return wanted, which

    async def _table(self, run: Run, name: str) -> Known:
        plugin = run.plugin.name
        found = self.catalogue.known(plugin, name)
        if found is None:
            found = await self._running.guarded(run, None, lambda: self.catalogue.table(plugin, name))
        return found

    async def _insert(self, args: Arguments, run: Run) -> LuaValue:
        return await self._writes.insert(args, run, await self._table(run, table_name(args)))

    async def _insert_many(self, args: Arguments, run: Run) -> LuaValue:
        return await self._writes.insert_many(args, run, await self._table(run, table_name(args)))

    async def _upsert(self, args: Arguments, run: Run) -> LuaValue:
        return await self._writes.upsert(args, run, await self._table(run, table_name(args)))

    async def _update(self, args: Arguments, run: Run) -> LuaValue:
        known = await self._table(run, table_name(args))
        return await self._writes.update(args, run, known, prefix(run.plugin.name))

    async def _delete(self, args: Arguments, run: Run) -> LuaValue:
        known = await self._table(run, table_name(args))
        return await self._writes.delete(args, run, known, prefix(run.plugin.name))

    async def _define_table(self, args: Arguments, run: Run) -> LuaValue:
        name = table_name(args)
        self._outside(args, run)
        plugin = run.plugin.name

        async def define() -> None:
            others = await self.catalogue.read(plugin)
            wanted = definition_of(args, prefix(plugin), name, lambda other: _definition(others.get(other)))
            await self._defining.define(args, plugin, name, wanted)

        try:
            await define()
        except LuaRefused as error:
            raise args.fault(str(error)) from None
        except NewelError as error:
            raise args.fault(error.detail) from None
        return None

    async def _create_index(self, args: Arguments, run: Run) -> LuaValue:
        name = table_name(args)
        self._outside(args, run)
        index = index_of(args, args.table(2, "options"), ("columns", "unique", "name"))

        def add(definition: Definition) -> Definition:
            return with_index(args, definition, index)

        try:
            await self._defining.index(run.plugin.name, name, add)
        except NewelError as error:
            raise LuaRefused(error.detail) from None
        return None

    def _outside(self, args: Arguments, run: Run) -> None:
        if run.tx is not None:
            raise args.fault("not inside a transaction: some databases would commit it")

    async def _ulid(self, run: Run, given: Sequence[LuaValue]) -> LuaValue:
        return self._ids.new()

    async def _timestamp(self, run: Run, given: Sequence[LuaValue]) -> LuaValue:
        return rfc3339(self._clock.now())

    async def _timestamp_ago(self, run: Run, given: Sequence[LuaValue]) -> LuaValue:
        seconds = given[0] if given else None
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not abs(seconds) < _FARTHEST:
            raise LuaFault("db.timestamp_ago: argument 1 (seconds) must be a number of less than 400 years")
        return rfc3339(self._clock.now() - timedelta(seconds=seconds))


_PUBLIC = {"begin": "transaction"}


async def _counted(function: str, work: Work, run: Run, given: Sequence[LuaValue]) -> LuaValue:
    """One operation of the budget. Not in before-hooks: they run while the transaction of an operation is open."""
    run.forbid(function, "before")
    run.spend()
    return await work(Arguments(function, given), run)


def _definition(known: Known | None) -> Definition | None:
    return known.definition if known else None
