"""``migrations.lua``: each step once for the site, before ``on_init``, and never changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.lua.life.site import Site

from newel.contracts.database import Database
from newel.testing import actor

INIT = """
plugin_info = {name = "shop", version = "1.0", description = "For tests."}
function on_init() db.insert("log", {text = "init"}) end
http.handle("GET", "/log", function() return {json = db.query("log", {order_by = "n"})} end, {public = true})
"""
FIRST = """{name = "the log", up = function()
  db.define_table("log", {columns = {{name = "text", type = "text"}, {name = "n", type = "integer", default = 0}}})
  db.insert("log", {text = "first"})
end},"""
SECOND = """{name = "a note", up = function()
  db.insert("log", {text = "second"})
end},"""
BROKEN = """{name = "broken", up = function()
  db.insert("log", {text = "third"})
  error("no luck")
end},"""


def write(folder: Path, *steps: str, version: str = "1.0") -> None:
    (folder / "shop").mkdir(parents=True, exist_ok=True)
    (folder / "shop" / "init.lua").write_text(INIT.replace("1.0", version), "utf-8")
    (folder / "shop" / "migrations.lua").write_text("return {\n" + "\n".join(steps) + "\n}\n", "utf-8")


async def said(site: Site) -> list[str]:
    db = site.app.need(Database)
    table = next(one.name for one in await db.tables() if one.name.startswith("plugin_shop"))
    return sorted(row["text"] for row in await db.fetch_all(f"SELECT text FROM {table}"))


@pytest.fixture
async def site(make_app: Any, tmp_path: Path) -> Site:
    folder = tmp_path / "plugins" / "lua"
    write(folder, FIRST)
    config = {"lua": {"shipped": False, "watch": False}}
    app = await make_app(["database", "migrations", "lua"], config, folder=tmp_path, serving=True)
    made = Site(app, app.clock, folder)
    await made.start("shop")
    return made


async def test_steps_are_taken_once_and_before_on_init(site: Site) -> None:
    assert await said(site) == ["first", "init"]
    write(site.folder, FIRST, SECOND, version="1.1")
    await site.run("lua.reload", "shop")
    assert (await site.info("shop")).version == "1.1"
    assert await said(site) == ["first", "init", "init", "second"]


async def test_a_step_that_fails_leaves_the_old_code_and_is_taken_again(site: Site) -> None:
    write(site.folder, FIRST, BROKEN, version="1.1")
    await site.run("lua.reload", "shop")
    found = await site.info("shop")
    assert (found.state, [one["version"] for one in found.nodes]) == ("running", ["1.0"])
    assert found.failed_reason == "migrations.lua:8: no luck"
    write(site.folder, FIRST, SECOND, version="1.1")
    await site.run("lua.reload", "shop")
    assert (await site.info("shop")).version == "1.1"
    assert await said(site) == ["first", "init", "init", "second", "third"]


async def test_a_step_that_was_taken_never_changes(site: Site) -> None:
    write(site.folder, FIRST.replace("the log", "another"), version="1.1")
    await site.run("lua.reload", "shop")
    assert "step 1 was taken as 'the log', and is 'another' now" in (await site.info("shop")).failed_reason


async def test_what_is_no_list_of_steps_is_told(site: Site) -> None:
    for text, fault in [("return 5", "has to return a list"), ("return {{name = 'x'}}", "step 1 has no function 'up'")]:
        (site.folder / "shop" / "migrations.lua").write_text(text, "utf-8")
        await site.run("lua.reload", "shop")
        assert fault in (await site.info("shop")).failed_reason


async def test_whoever_comes_after_under_the_same_name_begins_anew(site: Site) -> None:
    await site.run("lua.disable", "shop")
    for file in sorted(site.folder.rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    await site.app.operations.run(
        "lua.drop", {"plugin": "shop", "confirm": "shop"}, site.app.call(actor("admin"), "test")
    )
    assert await site.app.need(Database).fetch_all("SELECT * FROM lua_migrations") == []
