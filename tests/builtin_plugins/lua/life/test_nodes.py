"""Several processes on one site: what is decided in one happens in all, and each tells how its plugins fare."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from click.testing import CliRunner, Result
from tests.builtin_plugins.lua.life.site import LifePlugin, Site, write

from newel.cli.site import Site as CliSite
from newel.testing import FakeClock, actor
from newel.testing.app import build_app
from newel.testing.app import make_app as make
from newel.testing.engines import LASTING
from newel_lua.commands import lua

PLUGINS = ["database", "migrations", LifePlugin.manifest]


@pytest.fixture
async def sites(tmp_path: Path, clock: FakeClock) -> AsyncIterator[list[Site]]:
    """Two processes, as far as the database and the plugins can tell."""
    folder = tmp_path / "plugins" / "lua"
    write(folder, "a", routes={"GET /x": "1"})
    async with AsyncExitStack() as stack:
        apps = [
            await stack.enter_async_context(
                make(PLUGINS, {"lua": {"shipped": False}, **LASTING}, folder=tmp_path, clock=clock)
            )
            for _ in range(2)
        ]
        yield [Site(app, clock, folder) for app in apps]


async def until(site: Site, condition: Any) -> None:
    """A second at a time: that is how often one looks whether another decided something."""
    async with asyncio.timeout(10):
        while not condition():
            await site.clock.advance(1.0)
            await asyncio.sleep(0.005)


def state(site: Site) -> str:
    return site.life.registry.plugins["a"].state


async def test_what_is_decided_in_one_process_happens_in_the_others(sites: list[Site]) -> None:
    one, two = sites
    await one.start()
    await until(one, lambda: state(two) == "running")
    live = two.life.registry.plugins["a"].live
    assert live is not None
    assert [item.label for item in live.granted] == ["route:GET /x"]
    await one.run("lua.revoke", all=True)
    await until(one, lambda: not live.granted)
    await two.run("lua.disable")
    await until(one, lambda: state(one) == "stopped")


@pytest.mark.engines("sqlite")
async def test_each_process_reloads_its_own_files(sites: list[Site]) -> None:
    one, two = sites
    await one.start()
    await until(one, lambda: state(two) == "running")
    write(one.folder, "a", routes={"GET /x": "2"})
    await one.run("lua.reload")
    await until(one, lambda: two.host.loaded[-1].says["routes"]["GET /x"] == "2")


@pytest.mark.engines("sqlite")
async def test_a_command_beside_them_decides_and_sees_how_they_fare(sites: list[Site], tmp_path: Path) -> None:
    one, two = sites
    async with make(["database", "migrations", BESIDE], {"lua": {"shipped": False}, **LASTING}, folder=tmp_path) as app:
        call = app.call(actor("admin"), "cli")
        for operation, order in (("approve", {"name": "a", "all": True}), ("enable", {"name": "a"})):
            await app.operations.run(f"lua.{operation}", order, call)
        await until(one, lambda: state(one) == "running" == state(two))
        await one.life.sync.tell()
        await two.life.sync.tell()
        info = await app.operations.run("lua.get", {"name": "a"}, call)
        assert (info.state, len(info.nodes)) == ("running", 2)
        assert app.plugins["lua"].host.loaded == [], "a command runs no plugins"  # type: ignore[attr-defined]  # ours


@pytest.mark.engines("sqlite")
async def test_a_command_tells_how_the_processes_that_serve_fare(tmp_path: Path) -> None:
    folder = tmp_path / "plugins" / "lua"
    write(folder, "a", routes={"GET /x": "1"})
    (tmp_path / "newel.toml").write_text("")
    config = {"lua": {"shipped": False}, **LASTING}

    def run(*arguments: str) -> Result:
        site = CliSite(tmp_path)
        site._app = build_app(["database", "migrations", BESIDE], config, folder=tmp_path)
        return CliRunner().invoke(lua, arguments, obj=site, standalone_mode=False)

    async with make(PLUGINS, config, folder=tmp_path) as app:
        result = await asyncio.to_thread(run, "enable", "a")
        assert "not approved, so it does not run: route:GET /x" in result.output
        assert "): running 1.0\n" in result.output
        write(folder, "a", init_error="init.lua:3: no luck")
        result = await asyncio.to_thread(run, "reload", "a")
        assert result.return_value == 1
        assert "): running 1.0\n  init.lua:3: no luck\n" in result.output
        assert app.plugins["lua"].life.registry.plugins["a"].state == "running"  # type: ignore[attr-defined]  # ours
    assert "no process serves this site now" in (await asyncio.to_thread(run, "enable", "a")).output


@pytest.mark.engines("sqlite")
async def test_where_hooks_are_approved_every_process_runs_them(tmp_path: Path) -> None:
    folder = tmp_path / "plugins" / "lua"
    write(folder, "a", hooks=["before_create posts"])
    config = {"lua": {"shipped": False}, **LASTING}
    async with make(PLUGINS, config, folder=tmp_path) as app:
        await Site(app, app.clock, folder).start()  # type: ignore[arg-type]  # not advanced here
    async with make(["database", "migrations", BESIDE], config, folder=tmp_path) as app:
        assert app.plugins["lua"].life.registry.plugins["a"].state == "running"  # type: ignore[attr-defined]  # ours


@pytest.mark.engines("sqlite")
async def test_a_process_that_ended_is_not_shown_any_more(sites: list[Site], tmp_path: Path) -> None:
    one, two = sites
    await one.start()
    await until(one, lambda: state(two) == "running")
    await one.life.sync.tell()
    await two.life.sync.tell()
    assert len((await one.info()).nodes) == 2
    await two.life.sync.leave()
    assert len((await one.info()).nodes) == 1
    ended = await asyncio.create_subprocess_exec("true")
    await ended.wait()
    facts = {"": {"host": socket.gethostname(), "process": ended.pid}, "a": {"state": "running"}}
    await one.life.store.report("killed", facts, one.clock.now())
    assert len((await one.info()).nodes) == 1, "it was killed, and could not say so"


class Beside(LifePlugin):
    """In a process that does not serve."""

    serves = False


BESIDE = evolve(LifePlugin.manifest, load=f"{__name__}:Beside")
