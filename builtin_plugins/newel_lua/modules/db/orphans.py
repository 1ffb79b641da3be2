"""Tables whose plugin is gone, and tables that are not as their plugin wants them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Literal

from attrs import frozen

from newel.contracts.database import Database, Row
from newel_lua.modules.db.catalogue import Catalogue, Known, known_from
from newel_lua.modules.db.ddl import Making
from newel_lua.modules.db.defining import LOCK
from newel_lua.modules.db.definitions import Definition


@frozen(kw_only=True)
class Orphan:
    """A table of a plugin that is not there any more. ``table`` is its name in the database."""

    plugin: str
    name: str
    table: str
    bytes: int


@frozen(kw_only=True)
class Drift:
    """``missing``: the plugin asks for the column, and it is not there. ``extra``: the other way round. ``type``: it
    was made with another type. Nothing is done about it: only a person knows whether the data is still needed."""

    table: str
    kind: Literal["missing", "extra", "type"]
    column: str


async def orphaned(database: Database, present: Collection[str]) -> list[Orphan]:
    """Tables of plugins other than those that are ``present``, by plugin and name."""
    there = {shape.name for shape in await database.tables()}
    return [
        Orphan(
            plugin=row["plugin"],
            name=row["name"],
            table=row["table_name"],
            bytes=await database.size(row["table_name"]) if row["table_name"] in there else 0,
        )
        for row in await Catalogue(database).rows()
        if row["plugin"] not in present
    ]


async def drop(database: Database, plugin: str) -> list[str]:
    """Drops all tables of a plugin, which must not be running. Answers their names in the database.

    Killed in the middle, it goes on when it is called again.
    """
    catalogue, making = Catalogue(database), Making(database)
    dropped = []
    async with database.lock(LOCK, wait=30.0):
        for row in _pointing_first(row for row in await catalogue.rows() if row["plugin"] == plugin):
            await database.execute(making.drop(row["table_name"]))
            await catalogue.remove(database, row["table_name"])
            dropped.append(str(row["table_name"]))
    return dropped


async def drift(database: Database, plugin: str) -> list[Drift]:
    """How the plugin's tables differ from what it asked for when it last defined them."""
    shapes = {shape.name: shape.columns for shape in await database.tables()}
    found: list[Drift] = []
    for row in await Catalogue(database).rows():
        if row["plugin"] == plugin and row["definition"]:
            known = known_from(row)
            found += _differences(known, shapes.get(known.physical, ()))
    return found


def _differences(known: Known, columns: Iterable[str]) -> list[Drift]:
    declared: Mapping[str, str] = json.loads(known.declared)
    there = set(columns)
    types = {one.name: one.type for one in known.definition.columns}
    found: list[Drift] = []
    for name in sorted(there | declared.keys()):
        if name not in there:
            found.append(Drift(table=known.name, kind="missing", column=name))
        elif name not in declared:
            found.append(Drift(table=known.name, kind="extra", column=name))
        elif types.get(name) != declared[name]:
            found.append(Drift(table=known.name, kind="type", column=name))
    return found


def _pointing_first(rows: Iterable[Row]) -> list[Row]:
    """In an order in which no table is dropped while another points at it (definitions make no circles)."""
    left = {str(row["name"]): row for row in rows}
    targets = {
        name: {key.table for key in Definition.from_json(row["definition"]).foreign_keys} - {name}
        for name, row in left.items()
        if row["definition"]
    }
    ordered: list[Row] = []
    while left:
        pointed = {target for name in left for target in targets.get(name, ())}
        free = [name for name in left if name not in pointed] or list(left)
        ordered += [left.pop(name) for name in free]
    return ordered
