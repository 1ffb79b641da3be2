"""Tables of Lua plugins come back: they are made again from what says which there are."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.builtin_plugins.backup.lua.shop import keep
from tests.builtin_plugins.backup.test_restore_loading import empty, loaded, rows
from tests.builtin_plugins.backup.treesite import site

from newel.errors import Conflict


@pytest.mark.fresh
async def test_tables_of_lua_plugins_are_made_again(tmp_path: Path) -> None:
    async with site(tmp_path / "a") as here:
        await keep(here)
        snapshot = await here.backup()
        async with empty(here, tmp_path / "b") as database:
            found = await loaded(here, snapshot, database)
            assert {"plugin_shop_zitems", "plugin_shop_alines"} <= set(found.rows)
            items = await rows(database, "SELECT price, photo, sku FROM plugin_shop_zitems ORDER BY id")
            assert [(type(one["price"]), bytes(one["photo"])) for one in items] == [(float, b"\0\xff"), (float, b"")]
            assert (await rows(database, "SELECT id FROM plugin_shop_alines WHERE after = 'z'"))[0]["id"] == "a"
            with pytest.raises(Conflict):  # the unique index is there
                await database.execute("UPDATE plugin_shop_zitems SET sku = 'a'")


@pytest.mark.fresh
@pytest.mark.parametrize(
    "change", ["SET definition = '[]'", "SET table_name = 'accounts_users'", "SET plugin = 'accounts_x'"]
)
@pytest.mark.engines("sqlite")
async def test_names_that_no_plugin_could_have_are_refused(change: str, tmp_path: Path) -> None:
    """Whoever can write to an unencrypted target must not choose what tables are called."""
    async with site(tmp_path / "a") as here:
        await keep(here)
        await here.database.execute(f"UPDATE lua_tables {change} WHERE name = 'alines'")
        snapshot = await here.backup()
        async with empty(here, tmp_path / "b") as database:
            with pytest.raises(Conflict, match="no plugin can have defined"):
                await loaded(here, snapshot, database)
