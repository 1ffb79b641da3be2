"""From discovered to running or failed, and what depends on what."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.lua.life.site import LifePlugin, Site, write

from newel import Transient
from newel.testing import actor
from newel.testing.app import make_app as make
from newel.testing.engines import LASTING
from newel_lua.well import Well

pytestmark = pytest.mark.engines("sqlite")


async def states(site: Site) -> dict[str, str]:
    listed = await site.app.operations.run("lua.list", {}, site.app.call(actor("admin"), "test"))
    return {one.name: one.state for one in listed.data}


async def test_on_init_and_on_shutdown_are_called(site: Site) -> None:
    site.write()
    await site.start()
    assert site.host.told == [("init a", "1.0")]
    assert await states(site) == {"a": "running"}
    await site.run("lua.disable")
    assert site.host.told == [("init a", "1.0"), ("shutdown a", "1.0")]
    assert site.host.loaded[0].unloaded
    assert await states(site) == {"a": "stopped"}


async def test_a_failing_on_init_is_a_failed_plugin_and_no_failed_site(site: Site) -> None:
    site.write("bad", init_error="init.lua:12: no such table")
    site.write("good")
    await site.run("lua.enable", "bad")
    await site.run("lua.enable", "good")
    assert await states(site) == {"bad": "failed", "good": "running"}
    assert (await site.info("bad")).failed_reason == "init.lua:12: no such table"
    assert (await site.info("bad")).counters["load_failures"] == 1
    assert [(one.plugin, one.stage, one.cause) for one in site.app.failures] == [
        ("lua", "part", "bad: init.lua:12: no such table")
    ], "seen in /readyz and by `newel plugins list`"
    site.write("bad")
    await site.run("lua.reload", "bad")
    assert await states(site) == {"bad": "running", "good": "running"}
    assert (await site.info("bad")).failed_reason is None
    assert site.app.failures == []


async def test_health_names_who_waits_for_an_approval(site: Site) -> None:
    site.write(routes={"GET /x": 1})
    await site.run("lua.enable")
    assert await states(site) == {"a": "running"}
    well = Well(site.life.registry)
    assert (await well.look()).detail == "1 run; not all that they ask for is approved: a (newel lua info NAME)"
    await site.run("lua.approve", all=True)
    assert (await well.look()).detail == "1 run"


@pytest.mark.parametrize(
    ("name", "toml", "says", "reason"),
    [
        ("a", "name = [", {}, "plugin.toml:1: Invalid value"),
        ("a", 'name = "a"\nversion = 1\nsummary = "x"\n', {}, "plugin.toml:2: version: expected a string, got integer"),
        ("a", 'name = "b"\nversion = "1"\nsummary = "x"\n', {}, "plugin.toml:1: name: the plugin says it is 'b'"),
        ("a", 'name = "a"\nversion = "1"\nsummary = "x"\nnewel = ">=99"\n', {}, "plugin.toml:4: newel: it is made for"),
        ("a", 'name = "a"\nversion = "9"\nsummary = "x"\n', {}, "init.lua: plugin_info.version is '1.0'"),
        ("a", None, {"info": {"name": "b"}}, "init.lua: the plugin says it is 'b', but its folder is 'a'"),
        ("a", None, {"info": {"description": ""}}, "init.lua: plugin_info.description must be a text"),
        ("a_", None, {}, "a plugin's name is up to 32 of a-z, 0-9 and _"),
        ("A", None, {}, "a plugin's name is up to 32 of a-z, 0-9 and _"),
        ("a", None, {"routes": {f"GET /{n}": 1 for n in range(51)}}, "init.lua: a plugin has 50 routes at most"),
        ("a", None, {"domains": [f"{n}.example" for n in range(51)]}, "init.lua: a plugin has 50 domains at most"),
        ("a", None, {"info": {"core_access": {"users": ["own"]}}}, "init.lua: core_access.users is a list"),
        ("a", None, {"info": {"ui": {"tag": "x-y"}}}, "init.lua: ui.tag must be 'mcms-a'"),
    ],
)  # fmt: skip
async def test_a_broken_manifest_is_a_state_with_file_and_line(
    site: Site, name: str, toml: str | None, says: dict[str, Any], reason: str
) -> None:
    site.write(name, toml=toml, **says)
    await site.life.settled()
    info = await site.info(name)
    assert info.state == "failed"
    assert reason in info.failed_reason


async def test_symbolic_links_are_refused(site: Site, tmp_path: Path) -> None:
    place = site.write()
    secret = tmp_path / "secret.lua"
    secret.write_text("{}")
    (place / "lib").mkdir()
    (place / "lib" / "x.lua").symlink_to(secret)
    (site.folder / "b").symlink_to(place)
    assert (await site.info()).failed_reason == "lib/x.lua: is a symbolic link: copy what it leads to"
    assert (await site.info("b")).failed_reason == "its folder is a symbolic link: copy what it leads to"


async def test_dependencies_start_first_and_a_dependent_follows_them(site: Site) -> None:
    site.write("a", info={"dependencies": ["b"]})
    site.write("b", info={"dependencies": ["c"]})
    site.write("c")
    await site.run("lua.enable", "a")
    assert (await site.info("a")).failed_reason == "it needs the plugin 'b', which is not running"
    await site.run("lua.enable", "b")
    await site.run("lua.enable", "c")
    assert site.host.told == [("init c", "1.0"), ("init b", "1.0"), ("init a", "1.0")]
    await site.run("lua.disable", "c")
    assert await states(site) == {"a": "failed", "b": "failed", "c": "stopped"}
    assert (await site.info("b")).failed_reason == "it needs the plugin 'c', which is not running"
    await site.run("lua.enable", "c")
    assert set((await states(site)).values()) == {"running"}


async def test_plugins_that_need_each_other_are_told_so(site: Site) -> None:
    site.write("a", info={"dependencies": ["b"]})
    site.write("b", info={"dependencies": ["a"]})
    site.write("c", info={"dependencies": ["gone"]})
    for name in "abc":
        await site.run("lua.enable", name)
    assert (await site.info("a")).failed_reason == "they need each other: a → b → a"
    assert (await site.info("b")).failed_reason == "they need each other: b → a → b"
    assert (await site.info("c")).failed_reason == "it needs the plugin 'gone', which is not there"
    assert site.host.loaded == []


async def test_at_the_end_dependents_stop_first(tmp_path: Path) -> None:
    folder = tmp_path / "plugins" / "lua"
    write(folder, "a", info={"dependencies": ["b"]})
    write(folder, "b")
    plugins = ["database", "migrations", LifePlugin.manifest]
    async with make(plugins, {"lua": {"shipped": False}}, folder=tmp_path) as app:
        site = Site(app, app.clock, folder)  # type: ignore[arg-type]  # not advanced here
        await site.run("lua.enable", "b")
        await site.run("lua.enable", "a")
        host = site.host
    assert host.told[2:] == [("shutdown a", "1.0"), ("shutdown b", "1.0")]


async def test_a_slow_plugin_keeps_nobody_waiting(site: Site) -> None:
    site.write("slow", slow=True)
    site.write("quick")
    call = site.app.call(actor("admin"), "test")
    for name in ("slow", "quick"):
        await site.app.operations.run("lua.enable", {"name": name}, call)
    await site.life.sync.take()
    async with asyncio.timeout(5):
        while site.life.registry.plugins["quick"].state != "running":  # noqa: ASYNC110 - its files are read in a thread
            await asyncio.sleep(0.001)
    assert site.life.registry.plugins["slow"].state == "loading"
    site.host.gate.set()
    await site.life.settled()
    assert site.life.registry.plugins["slow"].state == "running"


async def test_what_may_be_better_soon_is_tried_again(site: Site) -> None:
    site.write()
    site.host.full = True
    await site.start()
    assert (await site.info()).failed_reason == "no Lua worker starts: no memory"
    site.host.full = False
    async with asyncio.timeout(5):
        while site.life.registry.plugins["a"].state != "running":
            await site.clock.advance(1.0)
            await asyncio.sleep(0.005)


async def test_a_machine_that_is_busy_is_no_mistake_of_the_plugin(site: Site) -> None:
    site.write()
    site.host.slow = 2
    await site.start()
    assert (await site.info()).state == "running"
    site.write("b")
    site.host.slow = 3
    with pytest.raises(Transient, match="took more than 2 s"):
        await site.run("lua.enable", "b")
    await site.run("lua.enable", "b")
    assert (await site.info("b")).state == "running"


async def test_files_that_go_stop_the_plugin(site: Site) -> None:
    place = site.write()
    await site.start()
    (place / "init.lua").unlink()
    await site.life.settled()
    info = await site.info()
    assert (info.state, info.origin, info.failed_reason) == ("failed", "gone", "its files are gone")
    site.write()
    await site.life.settled()
    assert (await site.info()).state == "running"


async def test_enabled_plugins_start_with_the_site(tmp_path: Path) -> None:
    write(tmp_path / "plugins" / "lua", "a", routes={"GET /x": "yes"})
    plugins = ["database", "migrations", LifePlugin.manifest]
    async with make(plugins, {"lua": {"shipped": False}, **LASTING}, folder=tmp_path) as app:
        await Site(app, app.clock, tmp_path).start()  # type: ignore[arg-type]  # not advanced here
    async with make(plugins, {"lua": {"shipped": False}, **LASTING}, folder=tmp_path) as app:
        assert app.plugins["lua"].life.registry.plugins["a"].state == "running"  # type: ignore[attr-defined]  # ours


@pytest.mark.parametrize("lua_config", [{"shipped": False, "watch": False}])
async def test_in_production_new_files_need_somebody_who_takes_them(site: Site, tmp_path: Path) -> None:
    site.write(routes={"GET /x": "old"})
    await site.start()
    site.write(routes={"GET /x": "new"})
    await site.life.settled()
    site.life.registry.look("a")
    await site.life.settled()
    info = await site.info()
    assert info.manifest_drift, "it is shown that other files lie there"
    assert [one.says["routes"]["GET /x"] for one in site.host.loaded] == ["old"]
    await site.run("lua.reload")
    assert [one.says["routes"]["GET /x"] for one in site.host.loaded] == ["old", "new"]
    assert not (await site.info()).manifest_drift


async def test_in_production_changed_files_do_not_come_in_by_a_restart(tmp_path: Path) -> None:
    config = {"lua": {"shipped": False, "watch": False}, **LASTING}
    plugins = ["database", "migrations", LifePlugin.manifest]
    folder = tmp_path / "plugins" / "lua"
    write(folder, "a", routes={"GET /x": "old"})
    async with make(plugins, config, folder=tmp_path) as app:
        await Site(app, app.clock, folder).start()  # type: ignore[arg-type]  # not advanced here
    write(folder, "a", routes={"GET /x": "new"})
    async with make(plugins, config, folder=tmp_path) as app:
        site = Site(app, app.clock, folder)  # type: ignore[arg-type]  # not advanced here
        info = await site.info()
        assert info.state == "failed"
        assert "newel lua reload a" in info.failed_reason
        await site.run("lua.reload")
        assert (await site.info()).state == "running"


def test_the_sites_own_plugin_stands_before_a_shipped_one(tmp_path: Path) -> None:
    from newel_lua.discovery import discover

    write(tmp_path / "own", "forms", info={"description": "mine"})
    write(tmp_path / "shipped", "forms")
    write(tmp_path / "shipped", "hello")
    (tmp_path / "shipped" / "README.md").write_text("not a plugin")
    found = discover([(tmp_path / "own", "site"), (tmp_path / "shipped", "shipped"), (tmp_path / "none", "site")])
    assert {name: one.origin for name, one in found.items()} == {"forms": "site", "hello": "shipped"}
    assert "mine" in json.loads((found["forms"].folder / "init.lua").read_text())["info"]["description"]
