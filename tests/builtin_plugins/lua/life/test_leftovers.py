"""Tables outlive their plugin until somebody says otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert
from tests.builtin_plugins.lua.life.site import Site

from newel import Conflict, NotFound, Reject
from newel.contracts.database import Database
from newel.testing import actor
from newel_lua.tables import tables


async def left(site: Site) -> None:
    """A table that a plugin ``old`` made."""
    db = site.app.need(Database)
    await db.execute("CREATE TABLE plugin_old_notes (id INTEGER)")
    row = {
        "table_name": "plugin_old_notes", "plugin": "old", "name": "notes", "definition": "", "declared": "{}",
        "changed_at": "",
    }  # fmt: skip
    await db.execute(db.render(insert(tables)), row)


async def run(site: Site, operation: str, **order: object) -> Any:
    return await site.app.operations.run(operation, order, site.app.call(actor("admin"), "test"))


async def test_tables_of_plugins_that_are_gone_are_listed_and_dropped_by_name(site: Site) -> None:
    await left(site)
    site.write("old")
    assert (await run(site, "lua.orphaned")).data == ()
    with pytest.raises(Conflict, match="still there"):
        await run(site, "lua.drop", plugin="old", confirm="old")
    (site.folder / "old" / "init.lua").unlink()
    (found,) = (await run(site, "lua.orphaned")).data
    assert (found.plugin, found.table) == ("old", "plugin_old_notes")
    with pytest.raises(Reject, match="again"):
        await run(site, "lua.drop", plugin="old")
    with pytest.raises(NotFound):
        await run(site, "lua.drop", plugin="accounts", confirm="accounts")
    await run(site, "lua.drop", plugin="old", confirm="old")
    assert (await run(site, "lua.orphaned")).data == ()
    assert "plugin_old_notes" not in {one.name for one in await site.app.need(Database).tables()}
