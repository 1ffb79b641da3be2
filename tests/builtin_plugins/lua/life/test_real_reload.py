"""Reload with real Lua, real processes and real requests: none fails, and new code answers within a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from tests.builtin_plugins.lua.life.site import Site

from newel.testing import Client, actor
from newel.testing.fakes import FakeAccounts
from newel_lua.doors import Hooks

pytestmark = [pytest.mark.engines("sqlite"), pytest.mark.needs_plugin("http")]
SECONDS = 2.0
"""One is promised; a machine that runs other tests besides gets two."""


def lua(folder: Path, code: str) -> None:
    """A plugin whose route and hook answer with its code."""
    (folder / "a").mkdir(parents=True, exist_ok=True)
    (folder / "a" / "init.lua").write_text(
        'plugin_info = {name = "a", version = "1.0", description = "For tests."}\n'
        f"local code = {code}\n"
        'http.handle("GET", "/x", function() return {json = {code = code}} end, {public = true})\n'
        'hooks.on("before_create", "posts", function(entry) return {code = code} end)\n'
    )


@pytest.fixture
async def site(make_app: Any, tmp_path: Path) -> Site:
    folder = tmp_path / "plugins" / "lua"
    lua(folder, "0")
    config = {"lua": {"shipped": False, "requests_per_second": 1_000_000, "cpu_seconds": 0.2}}
    plugins = ["database", "migrations", FakeAccounts.manifest, "http", "lua"]
    app = await make_app(plugins, config, folder=tmp_path, serving=True)
    return Site(app, app.clock, folder)


class Load:
    """Requests and saves, as fast as they are answered, until ``end``."""

    def __init__(self, site: Site, client: Client) -> None:
        self._site = site
        self._client = client
        self._hooks = Hooks(site.life.registry, site.app.log)
        self._ended = asyncio.Event()
        self.answers: list[tuple[int, int]] = []
        """Status and code of each request."""
        self.saves: list[int | None] = []
        """What the hook answered to each save."""
        self._tasks = [asyncio.create_task(one()) for one in (self._ask, self._ask, self._ask, self._save, self._save)]

    async def end(self) -> None:
        self._ended.set()
        await asyncio.gather(*self._tasks)

    async def more(self, count: int) -> None:
        """Until so many more were answered."""
        asked, saved = len(self.answers), len(self.saves)
        await until(lambda: len(self.answers) >= asked + count and len(self.saves) >= saved + count)

    async def _ask(self) -> None:
        while not self._ended.is_set():
            answer = await self._client.get("/api/v1/plugins/a/x")
            self.answers.append((answer.status, answer.json().get("code")))

    async def _save(self) -> None:
        while not self._ended.is_set():
            found = self._hooks.hooks_for("before_create")
            call = self._site.app.call(actor("admin"), "test")
            answers = [await self._hooks.call(one, [{}], "before", call, seconds=2.0) for one in found]
            self.saves.append(answers[0]["code"] if len(answers) == 1 else None)
            await asyncio.sleep(0.001)


async def test_under_load_nothing_fails_or_is_lost_and_new_code_answers_within_a_second(site: Site) -> None:
    await site.start()
    took = []
    async with Client.of(site.app) as client:
        load = Load(site, client)
        await load.more(10)
        for number in (1, 2, 3):
            lua(site.folder, str(number))
            begun = monotonic()
            await until(lambda number=number: (200, number) in load.answers[-20:])  # type: ignore[misc]  # a default
            took.append(monotonic() - begun)
        lua(site.folder, "= nothing")
        await until(lambda: site.life.registry.plugins["a"].reason is not None)
        await load.more(20)
        await load.end()
    assert {status for status, _ in load.answers} == {200}
    assert set(load.saves) == {0, 1, 2, 3}, "every save had its hook"
    assert {code for _, code in load.answers[-20:]} == {3}, "a broken version leaves the one before serving"
    info = await site.info()
    assert info.state == "running"
    assert info.failed_reason.startswith("init.lua:2: ")
    assert max(took) < SECONDS, took


async def test_a_plugin_that_brings_its_process_down_is_named_and_answers_again(site: Site) -> None:
    await site.start()
    (site.folder / "a" / "init.lua").write_text(
        'plugin_info = {name = "a", version = "1.0", description = "For tests."}\n'
        'http.handle("GET", "/x", function(request)\n'
        '  if request.query.stuck then string.find(string.rep("a", 60), string.rep(".-", 30) .. "b") end\n'
        "  return {json = {code = 1}}\n"
        "end, {public = true})\n"
    )
    await site.run("lua.reload")
    async with Client.of(site.app) as client:
        assert (await client.get("/api/v1/plugins/a/x?stuck=1")).status == 504
        assert (await client.get("/api/v1/plugins/a/x")).status == 200
    info = await site.info()
    assert info.counters["kills"] == 1
    assert info.last_error["kind"] == "route"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - files and processes tell nobody
            await asyncio.sleep(0.005)
