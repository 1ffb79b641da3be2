"""Which tables a plugin has: read from ``lua_tables``, remembered, and read again where something is missing.

A plugin reaches only what stands there under its own name; names are never put together to reach a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from attrs import frozen
from sqlalchemy import Table, bindparam, delete, insert, select, update

from newel.contracts.database import Database, Queries, Row
from newel_lua.model import LuaRefused
from newel_lua.modules.db.ddl import sql_table
from newel_lua.modules.db.definitions import Column, Definition
from newel_lua.modules.db.names import meant, shown
from newel_lua.tables import tables


@frozen(kw_only=True, eq=False, slots=False)
class Known:
    """A table that is there. One object for one state of it, so that it may be part of the key of a statement."""

    physical: str
    name: str
    definition: Definition
    declared: str = "{}"

    @cached_property
    def sql(self) -> Table:
        return sql_table(self.physical, self.definition)

    @cached_property
    def outputs(self) -> tuple[tuple[str, tuple[int, str]], ...]:
        """All columns, as a query has them."""
        return tuple((one.name, (0, one.name)) for one in self.definition.columns)

    def column(self, name: str) -> Column:
        """Raises ``LuaRefused``: the name may come from whoever called the plugin."""
        found = self.definition.by_name.get(name)
        if found is None:
            known = self.definition.by_name
            raise LuaRefused(f"the table '{self.name}' has no column {shown(name)}{meant(name, known)}")
        return found


class Catalogue:
    """All plugins' tables."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, dict[str, Known]] = {}
        key = tables.c.table_name == bindparam("physical")
        state: dict[str, Any] = {name: bindparam(name) for name in ("definition", "declared", "changed_at")}
        self._of_plugin = database.render(
            select(tables).where(tables.c.plugin == bindparam("plugin")).order_by(tables.c.name)
        )
        self._all = database.render(select(tables).order_by(tables.c.plugin, tables.c.name))
        self._insert = database.render(
            insert(tables).values(
                table_name=bindparam("physical"), plugin=bindparam("plugin"), name=bindparam("name"), **state
            )
        )
        self._update = database.render(update(tables).where(key).values(**state))
        self._delete = database.render(delete(tables).where(key))

    def known(self, plugin: str, name: str) -> Known | None:
        """The table, where it is remembered."""
        return self._known.get(plugin, {}).get(name)

    async def table(self, plugin: str, name: str) -> Known:
        """The plugin's table of that name, read again. Raises ``LuaRefused`` where it has none."""
        tables = await self.read(plugin)
        if name not in tables:
            raise LuaRefused(
                f"this plugin has no table {shown(name)}{meant(name, tables)}; define it with db.define_table"
            )
        return tables[name]

    async def read(self, plugin: str) -> Mapping[str, Known]:
        """All tables of a plugin, as they are now; those that did not change stay the same objects."""
        rows = await self._database.fetch_all(self._of_plugin, {"plugin": plugin})
        before = self._known.get(plugin, {})
        self._known[plugin] = {
            str(row["name"]): _same(before.get(row["name"]), row) for row in rows if row["definition"]
        }
        return self._known[plugin]

    def forget(self, plugin: str) -> None:
        """After a failure that a table which is gone or changed would explain."""
        self._known.pop(plugin, None)

    async def rows(self) -> list[Row]:
        """Of all plugins, also of tables that are being made."""
        return await self._database.fetch_all(self._all)

    async def add(self, queries: Queries, plugin: str, name: str, physical: str, now: str) -> None:
        """Takes the name, before anything is made."""
        values = {"physical": physical, "plugin": plugin, "name": name, "definition": "", "declared": "{}"}
        await queries.execute(self._insert, {**values, "changed_at": now})

    async def keep(self, queries: Queries, known: Known, now: str) -> None:
        """Notes the state of a table."""
        values = {"definition": known.definition.as_json(), "declared": known.declared}
        await queries.execute(self._update, {**values, "physical": known.physical, "changed_at": now})

    async def remove(self, queries: Queries, physical: str) -> None:
        await queries.execute(self._delete, {"physical": physical})


def known_from(row: Row) -> Known:
    definition = Definition.from_json(str(row["definition"]))
    return Known(physical=row["table_name"], name=row["name"], definition=definition, declared=row["declared"])


def _same(before: Known | None, row: Row) -> Known:
    found = known_from(row)
    if before is not None and (before.physical, before.definition) == (found.physical, found.definition):
        return before
    return found
