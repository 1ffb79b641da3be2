"""Makes the tables of plugins again from what ``lua_tables`` says of them, in a database that has none of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from newel.contracts.database import Database, Row
from newel.errors import Conflict
from newel_lua.modules.db.catalogue import Catalogue, Known, known_from
from newel_lua.modules.db.ddl import Making
from newel_lua.modules.db.definitions import TYPES
from newel_lua.modules.db.names import is_column, is_table, physical, prefix


async def remade(database: Database) -> None:
    """The rows come from elsewhere: raises ``Conflict`` for what no plugin could have defined."""
    making = Making(database)
    by_plugin: dict[str, dict[str, Known]] = {}
    for row in await Catalogue(database).rows():
        if row["definition"]:  # else it was being made, and there are no rows
            plugin = str(row["plugin"])
            by_plugin.setdefault(plugin, {})[str(row["name"])] = _read(plugin, row)
    for tables in by_plugin.values():
        targets = {name: (one.physical, one.definition) for name, one in tables.items()}
        for known in _pointed_first(tables):
            await database.execute(making.table(known.physical, known.definition, targets))
            for index in known.definition.indexes:
                await database.execute(making.index(known.physical, known.definition, index))


def _read(plugin: str, row: Row) -> Known:
    try:
        known = known_from(row)
        plain = f"{prefix(plugin)}{known.name}"
        columns = {one.name for one in known.definition.columns}
        named = {name for index in known.definition.indexes for name in index.columns}
        named |= {key.column for key in known.definition.foreign_keys}
        right = (
            is_table(known.name)
            and known.physical in (physical(plugin, known.name, ()), physical(plugin, known.name, (plain,)))
            and named <= columns
            and all(is_column(one.name) and one.type in TYPES for one in known.definition.columns)
            and all(key.on_delete in ("CASCADE", "SET NULL", "RESTRICT", "NO ACTION")
                    for key in known.definition.foreign_keys)
        )  # fmt: skip
    except (ValueError, KeyError, TypeError):
        right = False
    if not right:
        raise Conflict(f"lua_tables describes '{row['table_name']}' in a way that no plugin can have defined it")
    return known


def _pointed_first(tables: Mapping[str, Known]) -> Sequence[Known]:
    """A table after those it points at; ``define_table`` lets nobody make a circle."""
    waiting, done = dict(tables), dict[str, Known]()
    while waiting:
        free = {
            name: one for name, one in waiting.items()
            if all(key.table == name or key.table not in waiting for key in one.definition.foreign_keys)
        }  # fmt: skip
        missing = any(key.table not in tables for one in free.values() for key in one.definition.foreign_keys)
        if not free or missing:
            raise Conflict(f"lua_tables describes tables that point at nothing: {', '.join(sorted(waiting))}")
        done |= free
        waiting = {name: one for name, one in waiting.items() if name not in free}
    return list(done.values())
