"""Operations on tables that plugins left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from attrs import frozen

from newel import Call, Conflict, MaxLength, NotFound, Reject, operation
from newel.contracts.audit import Change
from newel_lua.modules.db import drop, orphaned
from newel_lua.permissions import LUA_MANAGE, LUA_READ

if TYPE_CHECKING:
    from newel_lua.store import Store
    from newel_lua.syncing import Sync


@frozen(kw_only=True)
class DropTables:
    """Whose tables. There is no way back but a backup."""

    plugin: Annotated[str, "The plugin that they belonged to.", MaxLength(64)]
    confirm: Annotated[str, "The same name again.", MaxLength(64)] = ""


@frozen(kw_only=True)
class LeftTable:
    """A table whose plugin is not there any more. ``table`` is its name in the database."""

    plugin: str
    name: str
    table: str
    bytes: int


@frozen(kw_only=True)
class LeftTables:
    """All of them, by plugin and name."""

    data: tuple[LeftTable, ...]


@frozen(kw_only=True)
class Dropped:
    """The tables that are gone, by their names in the database."""

    tables: tuple[str, ...]


class Leftovers:
    """``lua.orphaned`` and ``lua.drop``."""

    def __init__(self, store: Store, sync: Sync) -> None:
        self._store = store
        self._sync = sync

    @operation("lua.orphaned", needs=LUA_READ, http="GET /lua/tables/orphaned")
    async def orphaned(self, call: Call) -> LeftTables:
        """Lists tables of plugins whose files are gone."""
        found = await orphaned(self._store.db, set(await self._sync.candidates()))
        return LeftTables(data=tuple(
            LeftTable(plugin=one.plugin, name=one.name, table=one.table, bytes=one.bytes) for one in found
        ))  # fmt: skip

    async def _drop(self, call: Call, order: DropTables) -> tuple[str, ...]:
        """Before the transaction: an engine that changes tables needs all locks for itself."""
        if order.plugin in await self._sync.candidates():
            raise Conflict(f"the files of '{order.plugin}' are still there: remove them first", code="not_orphaned")
        tables = any(one.plugin == order.plugin for one in (await self.orphaned(call)).data)
        if not tables and not await self._store.keeps(order.plugin):
            raise NotFound(f"a plugin '{order.plugin}' left no tables")
        if order.confirm != order.plugin:
            raise Reject.field("/confirm", "required", f"say '{order.plugin}' again: the tables cannot be brought back")
        return tuple(await drop(self._store.db, order.plugin))

    @operation("lua.drop", needs=LUA_MANAGE, http="DELETE /lua/tables/orphaned/{plugin}", effect="write", prepare=_drop)
    async def drop(self, call: Call, order: DropTables, dropped: tuple[str, ...]) -> Dropped:
        """Drops the tables of a plugin whose files are gone, with all that is in them, and its keys."""
        await self._store.forget(call.tx, order.plugin)
        call.changed(Change(entity="lua_tables", id=order.plugin, before={"tables": list(dropped)}, after=None))
        return Dropped(tables=dropped)
