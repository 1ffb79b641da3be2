"""Makes tables and adds to them. Nothing that is there is ever changed or dropped here.

One at a time for all processes (``Database.lock``). Where an engine commits each change of a table by itself (MySQL), a
kill in the middle leaves a table that the next call completes: the row that owns the name is written first, and what is
there already is looked up.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TypeAlias

from attrs import evolve

from newel.contracts.database import Database, Queries, Value
from newel.errors import Conflict
from newel_lua.model import LuaRefused
from newel_lua.modules.db.arguments import Arguments
from newel_lua.modules.db.catalogue import Catalogue, Known
from newel_lua.modules.db.ddl import Making
from newel_lua.modules.db.definitions import COLUMNS, TABLES, Column, Definition, Index
from newel_lua.modules.db.kinds import ENCODE
from newel_lua.modules.db.names import physical

LOCK = "lua-tables"
_WAIT = 30.0
Statement: TypeAlias = tuple[str, Mapping[str, Value]]


class Defining:
    """What ``db.define_table`` and ``db.create_index`` do with a definition that has been read."""

    def __init__(self, database: Database, catalogue: Catalogue, now: Callable[[], str]) -> None:
        self._database = database
        self._catalogue = catalogue
        self._now = now
        self._making = Making(database)

    async def define(self, args: Arguments, plugin: str, name: str, wanted: Definition) -> None:
        """Makes the table, or adds what is new."""
        declared = declaration(wanted)
        known = (await self._catalogue.read(plugin)).get(name)
        if known is not None and known.declared == declared and merged(known.definition, wanted) == known.definition:
            return
        async with self._database.lock(LOCK, wait=_WAIT):
            known = await self._owned(args, plugin, name)
            columns = await self._columns(known.physical)
            whole = merged(known.definition, wanted) if columns else wanted
            if len(whole.columns) > COLUMNS + 3:
                raise args.fault(f"with the columns that earlier versions had, '{name}' would have over {COLUMNS}")
            targets = await self._targets(args, plugin, known, whole)
            todo = evolve(known, definition=whole, declared=declared)
            before = known.definition.by_name or dict.fromkeys(columns)  # half made: what is there
            new = [one for one in whole.columns if one.name not in before] if columns else []
            for column in new:
                if column.not_null and column.default is None:
                    raise args.fault(
                        f"the column '{column.name}' is new and not_null: rows that are there need a default"
                    )
            statements: list[Statement] = []
            if not columns:
                statements.append((self._making.table(known.physical, whole, targets), {}))
            for column in new:
                key = next((one for one in whole.foreign_keys if one.column == column.name), None)
                target = None if key is None else targets[key.table][0]
                if column.name not in columns:
                    statements.append((self._making.column(known.physical, column, key, target), {}))
                if column.default is not None:
                    value = ENCODE[column.type](column.default)
                    statements.append((self._making.fill(known.physical, column), {"value": value}))
            await self._carry_out(todo, columns, statements)
        await self._catalogue.read(plugin)

    async def index(self, plugin: str, name: str, add: Callable[[Definition], Definition]) -> None:
        """Adds an index to a table that is there."""
        known = await self._catalogue.table(plugin, name)
        if add(known.definition) == known.definition:
            return
        async with self._database.lock(LOCK, wait=_WAIT):
            known = (await self._catalogue.read(plugin))[name]
            todo = evolve(known, definition=add(known.definition))
            await self._carry_out(todo, await self._columns(known.physical), [])
        await self._catalogue.read(plugin)

    async def _carry_out(self, todo: Known, columns: set[str], statements: list[Statement]) -> None:
        there = await self._making.index_names(todo.physical) if columns else set()
        indexes = [one for one in todo.definition.indexes if one.name(todo.physical) not in there]
        if columns:
            await self._fits(todo, indexes, columns)
        statements += [(self._making.index(todo.physical, todo.definition, one), {}) for one in indexes]
        try:
            if self._database.dialect == "mysql":  # where a transaction round them would be none
                await self._run(self._database, todo, statements)
            else:
                async with self._database.transaction() as tx:
                    await self._run(tx, todo, statements)
        except Conflict:
            raise LuaRefused(f"unique violation: the rows of '{todo.name}' have a value twice") from None

    async def _run(self, queries: Queries, todo: Known, statements: list[Statement]) -> None:
        for text, values in statements:
            await queries.execute(text, values)
        await self._catalogue.keep(queries, todo, self._now())

    async def _owned(self, args: Arguments, plugin: str, name: str) -> Known:
        """The table's name in the database, which nobody else takes from then on."""
        rows = await self._catalogue.rows()
        for row in rows:
            if (row["plugin"], row["name"]) == (plugin, name):
                kept = row["definition"]
                definition = Definition.from_json(kept) if kept else Definition(columns=())
                return Known(physical=row["table_name"], name=name, definition=definition, declared=row["declared"])
        if sum(row["plugin"] == plugin for row in rows) >= TABLES:
            raise args.fault(f"a plugin has at most {TABLES} tables")
        taken = {str(row["table_name"]) for row in rows} | {one.name for one in await self._database.tables()}
        chosen = physical(plugin, name, taken)
        await self._catalogue.add(self._database, plugin, name, chosen, self._now())
        return Known(physical=chosen, name=name, definition=Definition(columns=()))

    async def _columns(self, table: str) -> set[str]:
        """Of a table that is there."""
        for shape in await self._database.tables():
            if shape.name == table:
                return set(shape.columns)
        return set()

    async def _targets(
        self, args: Arguments, plugin: str, known: Known, whole: Definition
    ) -> dict[str, tuple[str, Definition]]:
        others = await self._catalogue.read(plugin)
        found = {one.name: (one.physical, one.definition) for one in others.values()}
        found[known.name] = (known.physical, whole)
        for key in whole.foreign_keys:
            if key.table != known.name and _reaches(found, key.table, known.name):
                raise args.fault(
                    f"a foreign key: '{key.table}' points at '{known.name}' itself, so neither could be dropped"
                )
        return found

    async def _fits(self, todo: Known, indexes: list[Index], columns: set[str]) -> None:
        """Refuses an index over texts that it cannot take: the engines differ in what they would do."""
        for index in indexes:
            for name, most in todo.definition.parts(index).items():
                if name in columns and await self._database.fetch_one(
                    self._making.too_long(todo.physical, name), {"most": most}
                ):
                    raise LuaRefused(f"an index takes at most {most} characters of '{name}', and a row has more")


def declaration(wanted: Definition) -> str:
    """The columns that a plugin asked for."""
    return json.dumps({one.name: one.type for one in wanted.columns}, separators=(",", ":"))


def merged(there: Definition, wanted: Definition) -> Definition:
    """What is there, with what is new. A column that stays keeps type and length; its other rules are the new ones."""
    if not there.columns:
        return wanted
    columns = [_kept(one, wanted.by_name.get(one.name)) for one in there.columns]
    columns += [one for one in wanted.columns if one.name not in there.by_name]
    new = [one for one in wanted.indexes if one not in there.indexes]
    pointing = {one.column for one in there.foreign_keys} | set(there.by_name)
    keys = [one for one in wanted.foreign_keys if one.column not in pointing]
    return Definition(
        columns=tuple(columns),
        indexes=(*there.indexes, *new),
        foreign_keys=(*there.foreign_keys, *keys),
    )


def _kept(there: Column, wanted: Column | None) -> Column:
    if wanted is None:
        # An earlier version's: nobody fills it any more, so it must not have to be filled.
        return evolve(there, not_null=there.not_null and there.name in ("id", "created_at", "updated_at"))
    default = wanted.default if wanted.type == there.type else there.default
    return evolve(there, not_null=wanted.not_null, unique=there.unique or wanted.unique, default=default)


def _reaches(tables: dict[str, tuple[str, Definition]], start: str, goal: str) -> bool:
    seen: set[str] = set()
    todo = [start]
    while todo:
        name = todo.pop()
        if name == goal:
            return True
        if name not in seen and name in tables:
            seen.add(name)
            todo += [key.table for key in tables[name][1].foreign_keys]
    return False
