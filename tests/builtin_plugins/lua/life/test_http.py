"""The same through HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builtin_plugins.lua.life.site import LifePlugin, write

from newel.testing import Client
from newel.testing.fakes import FakeAccounts

pytestmark = [pytest.mark.engines("sqlite"), pytest.mark.needs_plugin("http")]
PLUGINS = "/api/v1/lua/plugins"


async def test_plugins_are_listed_approved_set_and_reloaded(make_app: Any, tmp_path: Any, clock: Any) -> None:
    toml = 'name="a"\nversion="1.0"\nsummary="For tests."\n[settings]\nword="hi"\n'
    write(tmp_path / "plugins" / "lua", "a", toml=toml, routes={"GET /x": 1, "GET /y public": 2})
    plugins = ["database", "migrations", FakeAccounts.manifest, "http", LifePlugin.manifest]
    app = await make_app(plugins, {"lua": {"shipped": False}}, folder=tmp_path, clock=clock, serving=True)
    async with Client.of(app, "admin-token") as client:
        listed = (await client.get(PLUGINS)).json()
        assert [(one["name"], one["state"], one["waiting"]) for one in listed["data"]] == [("a", "discovered", 2)]
        answer = await client.post(f"{PLUGINS}/a/approve", json={"items": ["route:GET /x"]})
        assert answer.json()["approved"] == ["route:GET /x"]
        assert answer.json()["waiting"] == ["route:GET /y"]
        assert (await client.post(f"{PLUGINS}/a/enable", json={})).status == 200
        answer = await client.patch(f"{PLUGINS}/a/settings", json={"settings": {"wrod": 1}})
        assert answer.status == 422
        assert answer.json()["errors"][0]["pointer"] == "/settings/wrod"
        assert (await client.patch(f"{PLUGINS}/a/settings", json={"settings": {"word": "ho"}})).status == 200
        assert (await client.post(f"{PLUGINS}/a/reload", json={"keep": True})).status == 200
        assert (await client.post(f"{PLUGINS}/a/revoke", json={"all": True})).status == 200
        assert (await client.post(f"{PLUGINS}/a/disable", json={})).status == 200
        info = (await client.get(f"{PLUGINS}/a")).json()
        assert info["enabled"] is False
        assert info["settings"][0]["value"] == "ho"
        assert (await client.get(f"{PLUGINS}/b")).status == 404
        assert (await client.get(PLUGINS + "?x=1")).status == 400
        assert (await client.signed_in(None).get(PLUGINS)).status == 401
        assert (await client.signed_in("perm:lua.read").post(f"{PLUGINS}/a/enable", json={})).status == 403
        assert (await client.get("/api/v1/lua/tables/orphaned")).json()["data"] == []
