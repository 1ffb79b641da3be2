"""The operations ``db.*``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel import Call, operation
from newel.contracts.database import Database
from newel.sql.statements import Texts
from newel_db.model import DatabaseCheck, DatabaseSize, TableSize
from newel_db.permissions import DATABASE_READ

if TYPE_CHECKING:
    from newel.app import App


class Care:
    """Reads of the database as a whole. They take longer the larger it is, so only who may see it all may ask."""

    def __init__(self, app: App) -> None:
        self._app = app

    @operation("db.size", needs=DATABASE_READ, http="GET /database", privileged=True)
    async def size(self, call: Call) -> DatabaseSize:
        """Measures the database and each of its tables."""
        return await size_of(self._app.need(Database))

    @operation("db.check", needs=DATABASE_READ, http="GET /database/check", privileged=True)
    async def check(self, call: Call) -> DatabaseCheck:
        """Has the engine check the database's integrity."""
        return await check_of(self._app.need(Database))


async def size_of(database: Database) -> DatabaseSize:
    sizes = []
    for shape in await database.tables():
        row = await database.fetch_one(Texts(database, shape).count)
        rows = 0 if row is None else int(row["c"])
        sizes.append(TableSize(name=shape.name, rows=rows, bytes=await database.size(shape.name)))
    return DatabaseSize(server=database.server, bytes=await database.size(), tables=tuple(sizes))


async def check_of(database: Database) -> DatabaseCheck:
    complaints = await database.check()
    return DatabaseCheck(server=database.server, ok=not complaints, complaints=tuple(complaints))
