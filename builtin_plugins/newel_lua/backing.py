"""What Lua plugins are to a backup: their data comes back, what they may do only when asked for."""

from __future__ import annotations

from collections.abc import Sequence

from newel.contracts.backup import Part
from newel.contracts.database import Database


def backup_parts() -> Sequence[Part]:
    return [
        Part(
            name="plugins",
            summary="Which Lua plugins are on, what they may do, their settings.",
            tables=("lua_plugins", "lua_approvals"),
            comes="asked",
        ),
        Part(
            name="plugin-data",
            summary="What Lua plugins keep.",
            tables=("lua_*", "plugin_*"),
            tables_made=_tables_made,
        ),
        Part(name="lua-nodes", summary="What each process runs.", tables=("lua_nodes",), comes="never"),
    ]


async def _tables_made(database: Database) -> None:
    from newel_lua.modules.db.remaking import remade

    await remade(database)
