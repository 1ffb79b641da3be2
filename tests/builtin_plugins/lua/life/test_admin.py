"""The screens about plugins in Lua: what they ask for, item by item, settings, and what is left of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.screens import asked, listed, offered

from newel.contracts.views import Form, Listing
from newel.errors import Conflict, NotFound
from newel.testing import FakeTerminal, make_app

pytestmark = [pytest.mark.engines("sqlite"), pytest.mark.may_block]
CODE = """
plugin_info = { name = "shop", version = "1.0", description = "Sells." }
http.handle("GET", "/goods", function(req) return { status = 200, json = {} } end)
http.handle("POST", "/buy", function(req) return { status = 200, json = {} } end)
"""
TOML = """
name = "shop"
version = "1.0"
summary = "Sells."
[settings]
greeting = "Hello"
open = true
[settings.size]
type = "choice"
choices = ["small", "large"]
default = "small"
[settings.key]
type = "secret"
summary = "Of the bank."
"""


async def test_a_plugin_is_approved_item_by_item_and_set(tmp_path: Path) -> None:
    folder = tmp_path / "lua_plugins" / "shop"
    folder.mkdir(parents=True)
    (folder / "init.lua").write_text(CODE, "utf-8")
    (folder / "plugin.toml").write_text(TOML, "utf-8")
    config = {"lua": {"folder": "lua_plugins"}}
    async with make_app(["database", "migrations", "lua"], config, folder=tmp_path) as app:
        view, rows = await listed(app, "lua", "main")
        row = next(one for one in rows if one["name"] == "shop")
        assert (row["waiting"], offered(view, row)) == (2, ["items", "enable", "settings", "left"])
        items, found = await listed(app, "lua", "plugin", name="shop")
        assert {one["item"]: offered(items, one) for one in found} == {
            "route:GET /goods": ["approve", "approve_all"],
            "route:POST /buy": ["approve", "approve_all"],
        }
        approve = next(one for one in items.acts if one.name == "approve")
        assert approve.ask is not None
        decision = await asked(app, approve.ask, found[0])
        assert (decision["approved"], len(decision["waiting"])) == (["route:GET /goods"], 1)
        _, found = await listed(app, "lua", "plugin", name="shop")
        assert [offered(items, one) for one in found] == [["revoke", "approve_all"], ["approve", "approve_all"]]
        await settings_are_set(app)
        (folder / "init.lua").write_text(CODE.replace("/buy", "/take"), "utf-8")
        with pytest.raises(Conflict, match="its files have changed"):
            await asked(app, approve.ask, found[1])


async def settings_are_set(app: Any) -> None:
    form = (await FakeTerminal(app).open("lua", "settings", name="shop")).layout
    assert isinstance(form, Form)
    assert {one.name: one.kind for one in form.controls} == {
        "greeting": "text", "open": "flag", "size": "choice", "key": "secret",
    }  # fmt: skip
    assert dict(form.values) == {"greeting": "Hello", "open": True, "size": "small"}
    assert form.submit is not None
    assert form.at == "settings"
    order = {**form.submit.params, "settings": {"greeting": "Hi", "key": "hunter2"}}
    await app.operations.run(form.submit.operation, order, app.call(FakeTerminal(app).who, "test"))
    form = (await FakeTerminal(app).open("lua", "settings", name="shop")).layout
    assert isinstance(form, Form)
    assert dict(form.values) == {"greeting": "Hi", "open": True, "size": "small"}, "the secret is not shown"


async def test_what_is_left_of_plugins_is_listed(tmp_path: Path) -> None:
    async with make_app(["database", "migrations", "lua"], folder=tmp_path) as app:
        view, rows = await listed(app, "lua", "tables")
        assert isinstance(view, Listing)
        assert rows == []
        assert next(one for one in view.acts if one.name == "drop").confirm
        with pytest.raises(NotFound):
            await FakeTerminal(app).open("lua", "plugin", name="nobody")


@pytest.mark.needs_plugin("site")
async def test_how_they_fare_is_looked_at(tmp_path: Path) -> None:
    """``register_health_checks`` and ``register_metrics``."""
    async with make_app(["database", "migrations", "lua", "site"], folder=tmp_path) as app:
        call = app.call(FakeTerminal(app).who, "test")
        lua: Any = app.plugins["lua"]

        health = await app.operations.run("site.health", {}, call)
        assert next(one.detail for one in health.checks if one.name == "lua.plugins") == "0 run"
        assert lua.register_metrics()[0].read() == {}
