"""All of it together: a plugin with routes, settings, texts, keys and schedules, on a site, in a real worker."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.lua.life.site import LifePlugin, Site

from newel import Manifest, hookimpl
from newel.app import App
from newel.contracts.database import Database
from newel.contracts.egress import Egress
from newel.contracts.guests import Guests
from newel.contracts.http import Route
from newel.contracts.jobs import JobKind, Jobs, Schedule
from newel.contracts.migrations import Migrations
from newel.errors import NewelError
from newel.testing import Client, FakeAccounts, FakeClock, FakeEgress
from newel.testing.egress import Page
from newel.testing.fakes import plugin_of
from newel_lua.config import LuaConfig
from newel_lua.doors import Routes
from newel_lua.host.host import Host
from newel_lua.life import Life
from newel_lua.modules.i18n import Catalogue
from newel_lua.modules.schedule import Schedules
from newel_lua.planning import Plans
from newel_lua.routing.door import Door
from newel_lua.services import services
from newel_lua.store_kv import KvStore

pytestmark = [pytest.mark.engines("sqlite"), pytest.mark.needs_plugin("http", "jobs")]

TOML = """
name = "shop"
version = "1.0.0"
summary = "For tests."
needs = ["kv", "schedule"]

[settings]
greeting = "Hello"
key = { type = "secret" }
"""
INIT = """
request.register("api.example.org")
http.handle("GET", "/hello/{name}", function(req)
  return { json = {
    text = i18n.t("hello", { greeting = settings.get("greeting"), name = req.params.name }, req.query.lang),
    visits = kv.incr("visits"), tidied = kv.get("tidied"),
  } }
end, { public = true })
http.handle("GET", "/rates", function(req)
  local headers = { ["X-Key"] = settings.get("key") }
  local answer = request.get("https://api.example.org/rates", { headers = headers, parse_json = true })
  return { json = { rate = answer.json.rate, mail = select(2, mail.send({})) } }
end, { public = true })
http.handle("GET", "/leak", function(req)
  log.warn("the key is " .. settings.get("key"))
  error("key " .. settings.get("key"))
end, { public = true })
schedule.every("1h", function() kv.incr("tidied") end, { name = "tidy" })
schedule.cron("30 0 * * *", function() error("init fails") end, { name = "bad" })
"""
SECRET = "canary-77e1"


class Whole(LifePlugin):
    """The plugin ``lua``, as far as these services go."""

    manifest = Manifest(
        name="lua", summary="Lua, for tests.", load=f"{__name__}:Whole", config=LuaConfig,
        needs=(Database, Migrations), wants=(Egress, Jobs), provides=(Guests,), commands={"lua": "Plugins."},
    )  # fmt: skip

    def __init__(self, app: App, config: LuaConfig) -> None:
        self.app = app
        self.store = KvStore()
        self.host: Any = Host(config, services(app, config, self.store, self._texts), app.log)
        self.life = Life(app, config, self.host)
        self.plans = Plans(self.life)
        self.schedules = Schedules(self.store, lambda: app.find(Jobs), app.clock, app.log, seconds=config.seconds)
        self.schedules.planner = self.plans
        self.door = Door(config, app.clock, app.log)
        self.door.runtime = Routes(self.life.registry)

    def _texts(self, plugin: str) -> Catalogue:
        return self.plans.texts(plugin)

    @hookimpl
    def register_routes(self) -> Sequence[Route]:
        return self.door.routes()

    @hookimpl
    def register_jobs(self) -> Sequence[JobKind]:
        return self.schedules.kinds()

    @hookimpl
    def register_schedules(self) -> Sequence[Schedule]:
        return self.schedules.schedules()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.store.open(self.app.need(Database))
        try:
            async with self.life.running(self.app.need(Database), serving=self.serves):
                yield
        finally:
            await self.host.close()


def write(folder: Path, init: str = INIT, toml: str = TOML, **texts: str) -> None:
    (folder / "shop" / "i18n").mkdir(parents=True, exist_ok=True)
    (folder / "shop" / "init.lua").write_text(init)
    (folder / "shop" / "plugin.toml").write_text(toml)
    for locale, text in texts.items():
        (folder / "shop" / "i18n" / f"{locale}.toml").write_text(text)


@pytest.fixture
async def site(make_app: Any, tmp_path: Path, log: io.StringIO) -> Site:
    folder = tmp_path / "plugins" / "lua"
    write(folder, en='hello = "{greeting}, {name}!"', de='hello = "{greeting} auch, {name}!"')
    clock = FakeClock(datetime(2030, 5, 1, tzinfo=UTC))
    app = await make_app(
        ["database", "migrations", "jobs", "http", FakeAccounts.manifest, FakeEgress.manifest, Whole.manifest],
        {"lua": {"shipped": False}, "jobs": {"clock": "process"}},
        folder=tmp_path,
        clock=clock,
        serving=True,
        log=log,
    )
    return Site(app, clock, folder)


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


async def test_a_plugin_uses_all_of_it(site: Site, log: io.StringIO) -> None:
    await site.start("shop")
    await site.run("lua.set", "shop", settings={"greeting": "Servus", "key": SECRET})
    page = plugin_of(site.app, "fake_egress").pages
    page["https://api.example.org/rates"] = Page(b'{"rate": 1.5}')
    async with Client.of(site.app) as client:
        hello = "/api/v1/plugins/shop/hello/Ada"
        assert (await client.get(hello)).json() == {"text": "Servus, Ada!", "visits": 1}
        assert (await client.get(f"{hello}?lang=de-AT")).json() == {"text": "Servus auch, Ada!", "visits": 2}
        rates = await client.get("/api/v1/plugins/shop/rates")
        assert rates.json() == {"rate": 1.5, "mail": "this site has no mail"}
        (sent,) = plugin_of(site.app, "fake_egress").requests
        assert sent.headers == {"x-key": SECRET}

        await site.app.need(Jobs).settle()
        for _ in range(2):
            await site.clock.jump(1800)
            await site.app.need(Jobs).settle()
        assert (await client.get(hello)).json()["tidied"] == 1
        dead = "SELECT error FROM jobs_queue WHERE kind = 'lua.run' AND state = 'dead'"
        (row,) = await site.app.need(Database).fetch_all(dead)
        assert "init fails" in row["error"]

        leaked = await client.get("/api/v1/plugins/shop/leak")
        assert leaked.status == 500
        assert SECRET not in leaked.body.decode()
        lines = [line for line in log.getvalue().splitlines() if "key" in line and "plugin=shop" in line]
        assert any("the key is ***" in line for line in lines)
        assert any("init.lua:16: key ***" in line for line in lines)
        assert SECRET not in log.getvalue(), "nothing that was written has it"


async def test_what_is_wrong_with_texts_and_schedules_is_said_when_it_is_looked_at(site: Site) -> None:
    write(site.folder, de="hello = 5")
    with pytest.raises(NewelError, match=r"i18n/de\.toml.*neither a text"):
        await site.run("lua.approve", "shop", all=True)
    write(site.folder, INIT.replace("30 0 * * *", "61 0 * * *"), de='hello = "x"')
    with pytest.raises(NewelError, match=r"init\.lua.*'bad'.*no cron expression"):
        await site.run("lua.approve", "shop", all=True)
