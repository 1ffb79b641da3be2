"""Reload with real Lua, real processes and real requests: none fails, and new code answers within a second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from tests.builtin_plugins.lua.life.site import LifePlugin, Site

from newel import Manifest, hookimpl
from newel.app import App
from newel.contracts.database import Database
from newel.contracts.http import Route
from newel.contracts.migrations import Migrations
from newel.testing import Client
from newel.testing.fakes import FakeAccounts
from newel_lua.config import LuaConfig
from newel_lua.doors import Routes
from newel_lua.host.host import Host
from newel_lua.life import Life
from newel_lua.modules.in_lua import InLua
from newel_lua.routing.door import Door

pytestmark = pytest.mark.engines("sqlite")
SECONDS = 2.0


class RealPlugin(LifePlugin):
    """With the host of the product, and the door of routes."""

    manifest = Manifest(
        name="lua", summary="Lua, for tests.", load=f"{__name__}:RealPlugin", config=LuaConfig,
        needs=(Database, Migrations),
    )  # fmt: skip

    def __init__(self, app: App, config: LuaConfig) -> None:
        self.app = app
        self.host: Any = Host(config, [InLua("http")], app.log)
        self.life = Life(app, config, self.host)
        self.door = Door(config, app.clock, app.log)
        self.door.runtime = Routes(self.life.registry)

    @hookimpl
    def register_routes(self) -> Sequence[Route]:
        return self.door.routes()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.app.need(Migrations)
        try:
            async with self.life.running(self.app.need(Database), serving=self.serves):
                yield
        finally:
            await self.host.close()


def lua(folder: Path, body: str) -> None:
    (folder / "a").mkdir(parents=True, exist_ok=True)
    (folder / "a" / "init.lua").write_text(
        'plugin_info = {name = "a", version = "1.0", description = "For tests."}\n'
        f'http.handle("GET", "/x", function(request) {body} end, {{public = true}})\n'
    )


@pytest.fixture
async def site(make_app: Any, tmp_path: Path) -> Site:
    folder = tmp_path / "plugins" / "lua"
    lua(folder, 'return {json = {code = "0"}}')
    config = {"lua": {"shipped": False, "requests_per_second": 1_000_000}}
    app = await make_app(
        ["database", "migrations", FakeAccounts.manifest, "http", RealPlugin.manifest],
        config,
        folder=tmp_path,
        serving=True,
    )
    return Site(app, app.clock, folder)


async def test_under_load_no_request_fails_and_new_code_answers_within_a_second(site: Site) -> None:
    await site.start()
    ended = asyncio.Event()
    seen: list[tuple[float, int, str]] = []

    async with Client.of(site.app) as client:

        async def asking() -> None:
            while not ended.is_set():
                answer = await client.get("/api/v1/plugins/a/x")
                code = str(answer.json().get("code"))
                seen.append((monotonic(), answer.status, code))

        askers = [asyncio.create_task(asking()) for _ in range(4)]
        took = []
        for number in ("1", "2", "3"):
            lua(site.folder, f'return {{json = {{code = "{number}"}}}}')
            begun = monotonic()
            async with asyncio.timeout(20):
                while not any(code == number for _, _, code in seen[-20:]):  # noqa: ASYNC110 - files tell nobody
                    await asyncio.sleep(0.005)
            took.append(monotonic() - begun)
        lua(site.folder, "return {json = {code = ")  # broken
        async with asyncio.timeout(20):
            while (await site.info()).failed_reason is None:  # noqa: ASYNC110 - files tell nobody
                await asyncio.sleep(0.01)
        asked = len(seen)
        while len(seen) < asked + 20:  # noqa: ASYNC110 - the askers go on
            await asyncio.sleep(0.005)
        ended.set()
        await asyncio.gather(*askers)
    assert {status for _, status, _ in seen} == {200}
    codes = [code for _, _, code in seen]
    assert set(codes[-20:]) == {"3"}, "a broken version leaves the one before serving"
    info = await site.info()
    assert info.state == "running"
    assert info.failed_reason.startswith("init.lua:2: ")
    assert max(took) < SECONDS, took
