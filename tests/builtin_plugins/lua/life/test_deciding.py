"""What admins decide: approvals item by item, that grow with nothing but their consent, and outlive a restart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.lua.life.site import LifePlugin, Site, write

from newel import Conflict, Forbidden, NotFound, Reject
from newel.testing import actor
from newel.testing.engines import LASTING
from newel.testing.fakes import FakeAudit, plugin_of

EVERYTHING: dict[str, Any] = {
    "routes": {"GET /x": "private", "POST /y public": "open"}, "hooks": ["before_create posts"],
    "domains": ["API.example.org"],
    "info": {"core_access": {"content_data": ["read", "write"], "users": ["read", "write"], "sessions": ["read"]}},
}  # fmt: skip


async def test_a_plugin_that_lies_there_is_shown_and_does_not_run(site: Site) -> None:
    site.write(**EVERYTHING)
    await site.life.settled()
    info = await site.info()
    assert (info.state, info.enabled, info.version) == ("discovered", False, "1.0")
    assert {one.item: one.approved for one in info.request} == {
        "route:GET /x": False,
        "route:POST /y": False,
        "hook:before_create posts": False,
        "domain:api.example.org": False,
        "core:content_data:read": False,
        "core:content_data:write": False,
        "core:users:read": False,
    }, "no access to tables is asked for that is never given"
    assert [one.terms for one in info.request if one.kind == "route"] == ["", "public"]
    assert site.host.loaded == [], "its code was looked at, and not run for real"


async def test_what_is_not_approved_does_not_run(site: Site) -> None:
    site.write(**EVERYTHING)
    await site.run("lua.enable")
    live = site.life.registry.plugins["a"].live
    assert live is not None
    assert live.approved("route") == []
    await site.run("lua.approve", items=["route:GET /x", "core:content_data:read", "domain:api.example.org"])
    assert [one.details["path"] for one in live.approved("route")] == ["/x"]
    assert live.grants.core == {"content_data": {"read"}}
    assert live.grants.needs == {"net:api.example.org"}
    assert live.approved("hook") == []
    await site.run("lua.revoke", items=["core:content_data:read"])
    assert live.grants.core == {}
    await site.run("lua.revoke", all=True)
    assert live.granted == set()
    assert len(site.host.loaded) == 1, "approvals count at once, without a reload"


@pytest.mark.engines("sqlite")
async def test_a_request_that_grows_is_asked_again_and_the_rest_stays(site: Site) -> None:
    site.write(routes={"GET /x": 1}, hooks=["before_create posts"], version="1.0")
    await site.start()
    site.write(routes={"GET /x": 1, "GET /new": 2}, hooks=["before_create posts"], domains=["example.org"])
    await site.run("lua.reload")
    live = site.life.registry.plugins["a"].live
    assert live is not None
    assert {one.label for one in live.granted} == {"route:GET /x", "hook:before_create posts"}
    info = await site.info()
    assert {(one["name"], one["change"]) for one in info.capability_drift} == {
        ("GET /new", "added"),
        ("example.org", "added"),
    }


@pytest.mark.engines("sqlite")
async def test_a_route_that_becomes_public_is_asked_again(site: Site) -> None:
    site.write(routes={"GET /x": 1})
    await site.start()
    site.write(routes={"GET /x public": 1})
    await site.run("lua.reload", keep=True)
    info = await site.info()
    assert [(one.item, one.approved, one.terms) for one in info.request] == [("route:GET /x", False, "public")]
    assert info.capability_drift == ({"kind": "route", "name": "GET /x", "change": "changed", "previous": ""},)


@pytest.mark.engines("sqlite")
async def test_another_version_asks_for_its_routes_again_and_keeps_the_rest(site: Site) -> None:
    site.write(routes={"GET /x": 1}, hooks=["before_create posts"])
    await site.start()
    site.write(routes={"GET /x": 1}, hooks=["before_create posts"], version="2.0")
    await site.run("lua.reload")
    info = await site.info()
    assert {one.item: one.approved for one in info.request} == {
        "route:GET /x": False,
        "hook:before_create posts": True,
    }
    assert info.capability_drift[0]["previous"] == "version 1.0"
    await site.run("lua.reload", keep=True)
    assert all(one.approved for one in (await site.info()).request), "whoever reloads may say that they count on"


@pytest.mark.engines("sqlite")
async def test_approving_the_next_version_takes_nothing_from_the_one_that_runs(
    site: Site, lua_config: dict[str, Any]
) -> None:
    site.write(routes={"GET /x": 1})
    await site.start()
    live = site.life.registry.plugins["a"].live
    assert live is not None
    site.write(routes={"GET /x": 1}, version="2.0")
    call = site.app.call(actor("admin"), "test")
    await site.app.operations.run("lua.approve", {"name": "a", "all": True}, call)
    await site.life.sync.take()
    assert [one.label for one in live.granted] == ["route:GET /x"]


async def test_decisions_and_approvals_outlive_a_restart(make_app: Any, tmp_path: Path) -> None:
    config = {"lua": {"shipped": False}, **LASTING}
    plugins = ["database", "migrations", LifePlugin.manifest]
    write(tmp_path / "plugins" / "lua", "a", routes={"GET /x": 1, "GET /y": 2}, hooks=["after_update *"])
    from newel.testing.app import make_app as make

    async with make(plugins, config, folder=tmp_path) as app:
        first = Site(app, app.clock, tmp_path / "plugins" / "lua")  # type: ignore[arg-type]  # not advanced here
        await first.run("lua.approve", items=["route:GET /x", "hook:after_update *"])
        await first.run("lua.enable")
    async with make(plugins, config, folder=tmp_path) as app:
        second = Site(app, app.clock, tmp_path / "plugins" / "lua")  # type: ignore[arg-type]  # not advanced here
        info = await second.info()
        assert info.state == "running"
        assert [one.item for one in info.request if one.approved] == ["route:GET /x", "hook:after_update *"]
        assert {one.approved_by for one in info.request if one.approved} == {"admin"}


@pytest.mark.engines("sqlite")
async def test_what_is_approved_is_what_was_looked_at(site: Site) -> None:
    site.write(routes={"GET /x": 1})
    looked = (await site.info()).code
    site.write(routes={"GET /x": 1, "DELETE /everything": 2})
    with pytest.raises(Conflict, match="changed since") as refused:
        await site.run("lua.approve", all=True, code=looked)
    assert refused.value.reason == "code_changed"
    await site.run("lua.approve", all=True, code=(await site.info()).code)


@pytest.mark.engines("sqlite")
async def test_mistakes_in_orders_are_told(site: Site) -> None:
    site.write(routes={"GET /x": 1})
    with pytest.raises(Reject) as refused:
        await site.run("lua.approve", items=["route:GET /x", "route:GET /z", "hook:x"])
    assert [one.pointer for one in refused.value.problems] == ["/items/1", "/items/2"]
    with pytest.raises(Reject, match="name items"):
        await site.run("lua.approve")
    for operation in ("approve", "enable", "reload", "get"):
        with pytest.raises(NotFound):
            await site.run(f"lua.{operation}", "nobody", **({"all": True} if operation == "approve" else {}))
    with pytest.raises(NotFound):
        await site.run("lua.disable", "nobody")
    with pytest.raises(NotFound):
        await site.run("lua.revoke", "nobody", all=True)
    with pytest.raises(Conflict, match="not enabled"):
        await site.run("lua.reload")


@pytest.mark.engines("sqlite")
async def test_a_broken_plugin_is_refused_with_file_and_line(site: Site) -> None:
    site.write(error="lib/x.lua:3: unexpected symbol")
    with pytest.raises(Reject, match=r"lib/x\.lua:3: unexpected symbol") as refused:
        await site.run("lua.enable")
    assert (refused.value.extra["file"], refused.value.extra["line"]) == ("lib/x.lua", 3)
    assert (await site.info()).failed_reason == "lib/x.lua:3: unexpected symbol"


@pytest.mark.engines("sqlite")
async def test_who_may_what(site: Site) -> None:
    site.write(routes={"GET /x": 1})
    reader = actor("ed", "lua.read")
    assert [
        one.name for one in (await site.app.operations.run("lua.list", {}, site.app.call(reader, "test"))).data
    ] == ["a"]
    for operation, order in (
        ("approve", {"all": True}), ("revoke", {"all": True}), ("enable", {}), ("disable", {}), ("reload", {}),
        ("set", {"settings": {}}),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await site.run(f"lua.{operation}", who=reader, **order)
    with pytest.raises(Forbidden):
        await site.app.operations.run("lua.list", {}, site.app.call(actor("nobody"), "test"))


@pytest.mark.engines("sqlite")
async def test_decisions_are_in_the_audit_trail(make_app: Any, clock: Any, tmp_path: Path) -> None:
    plugins = ["database", "migrations", FakeAudit.manifest, LifePlugin.manifest]
    app = await make_app(plugins, {"lua": {"shipped": False}}, folder=tmp_path, clock=clock)
    site = Site(app, clock, tmp_path / "plugins" / "lua")
    toml = 'name="a"\nversion="1.0"\nsummary="x"\n[settings.key]\ntype="secret"\n[settings]\nword="hi"\n'
    site.write(toml=toml, routes={"GET /x": 1})
    await site.start()
    await site.run("lua.set", settings={"key": "sesame", "word": "hello"})
    rows = plugin_of(app, "fake_audit").rows
    assert [one.operation for one in rows] == ["lua.approve", "lua.enable", "lua.set"]
    (approved,), (enabled,), (told,) = (one.changes for one in rows)
    assert approved.after["approved"] == [{"item": "route:GET /x", "terms": "", "version": "1.0"}]
    assert (enabled.before["enabled"], enabled.after["enabled"]) == (False, True)
    assert told.after["settings"]["word"] == "hello"
    assert "sesame" not in str(told)
