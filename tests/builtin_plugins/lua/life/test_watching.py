"""Files that change are noticed at once, read when they stand still, and not too often."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.lua.life.site import Site

from newel_lua.watching import Watcher

pytestmark = pytest.mark.engines("sqlite")


@pytest.fixture
def lua_config() -> dict[str, Any]:
    return {"shipped": False, "watch_seconds": 3600.0}  # the turns are taken by the test


class Watch:
    """A watcher whose turns are taken by hand."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.watcher = Watcher(site.app, site.life.registry._config, site.life.registry)

    async def turn(self, seconds: float = 0.0) -> bool:
        await self.site.clock.advance(seconds)
        soon = await self.watcher.turn()
        await self.site.life.registry.settled()
        return soon

    @property
    def answers(self) -> list[str]:
        return [one.says["routes"]["GET /x"] for one in self.site.host.loaded]


async def test_a_change_is_taken_when_the_files_stand_still(site: Site) -> None:
    site.write(routes={"GET /x": "1"})
    await site.start()
    watch = Watch(site)
    assert not await watch.turn()
    site.write(routes={"GET /x": "12"})
    assert await watch.turn(0.5), "the next look comes soon"
    site.write(routes={"GET /x": "123"})
    assert await watch.turn(0.1)
    assert watch.answers == ["1"], "somebody is writing"
    assert not await watch.turn(0.1)
    assert watch.answers == ["1", "123"]


async def test_the_same_content_is_not_loaded_again(site: Site) -> None:
    place = site.write(routes={"GET /x": "1"})
    await site.start()
    watch = Watch(site)
    await watch.turn()
    os.utime(place / "init.lua", (1, 1))
    (place / "README.md").write_text("no code")
    (place / "test").mkdir()
    (place / "test" / "x.test.lua").write_text("no part of what runs")
    await watch.turn(0.5)
    await watch.turn(0.1)
    assert watch.answers == ["1"]


async def test_a_burst_of_changes_pauses_after_ten(site: Site) -> None:
    site.write(routes={"GET /x": "0"})
    await site.start()
    watch = Watch(site)
    await watch.turn()
    for number in range(1, 13):
        site.write(routes={"GET /x": str(number)})
        await watch.turn(0.5)
        await watch.turn(0.1)
    assert watch.answers == [str(number) for number in range(11)], "each of the first ten at once"
    await watch.turn(2.0)
    assert watch.answers[-1] == "10"
    await watch.turn(2.0)
    assert watch.answers[-1] == "12", "ten seconds after the first, what is there then"


async def test_what_changed_while_it_was_loaded_is_seen(site: Site) -> None:
    site.write(routes={"GET /x": "1"})
    await site.start()
    site.write(routes={"GET /x": "2"})
    await Watch(site).turn()
    assert Watch(site).answers == ["1", "2"]


async def test_watching_runs_by_itself(make_app: Any, tmp_path: Path) -> None:
    from tests.builtin_plugins.lua.life.site import LifePlugin

    config = {"lua": {"shipped": False, "watch_seconds": 0.1}}
    app = await make_app(["database", "migrations", LifePlugin.manifest], config, folder=tmp_path)
    site = Site(app, app.clock, tmp_path / "plugins" / "lua")
    site.write(routes={"GET /x": "1"})
    await site.start()
    begun = asyncio.get_running_loop().time()
    await asyncio.sleep(0.15)  # one look at the old files, by the real clock
    site.write(routes={"GET /x": "2"})
    async with asyncio.timeout(10):
        while len(site.host.loaded) < 2:  # noqa: ASYNC110 - files tell nobody
            await asyncio.sleep(0.01)
    assert asyncio.get_running_loop().time() - begun < 5
