"""``http`` inside a plugin, in a real machine."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from tests.builtin_plugins.lua.conftest import Load, Machine
from tests.builtin_plugins.lua.routes.conftest import Site
from tests.builtin_plugins.lua.services.machines import Here, Raised

from newel import Call
from newel_lua.faults import CallFailed
from newel_lua.model import Grants, LuaValue, Self
from newel_lua.modules.in_lua import InLua
from newel_lua.routing.runtime import Mounted
from newel_lua.routing.table import LuaRoute, Table

pytestmark = pytest.mark.needs_plugin("http")

MODULES = [InLua("http")]
PLUGIN = """
plugin_info = { name = "tried", version = "1.0.0", description = "d" }
http.handle("GET", "/hello/{name}", function(req)
  return { json = { hello = req.params.name, query = req.query.q, ip = req.client_ip, seen = req.seen } }
end, { public = true })
http.handle("POST", "/echo", function(req)
  return { status = 201, json = { got = req.json, actor = req.actor.name, roles = req.actor.roles } }
end, { permission = "shop.echo" })
http.handle("GET", "/early", function(req) error("is not reached") end, { public = true })
http.handle("GET", "/page", function(req)
  return { body = "<h1>\\195\\164</h1>", headers = { ["Content-Type"] = "text/html", ["Set-Cookie"] = "a=1" } }
end, { public = true })
http.handle("GET", "/fails", function(req) local none; return none.field end, { public = true })
http.handle("GET", "/nothing", function(req) end, { public = true })
-- after the routes, and for all of them:
http.use(function(req) req.seen = "first" return "not a table: goes on" end)
http.use(function(req)
  req.seen = req.seen .. ", second"
  if req.path == "/api/v1/plugins/tried/early" then return { status = 418, body = "tea" } end
end)
"""


class InMachine:
    """The runtime that routes need, with one machine in it."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        routes = [one for one in machine.instance.registrations if one.what == "route"]
        plugin = Self(name="tried", version="1.0.0", grants=Grants())
        self._mounted = Mounted(plugin, Table(LuaRoute.of(one.id, one.details) for one in routes))

    def find(self, plugin: str) -> Mounted | None:
        return self._mounted if plugin == "tried" else None

    async def call(self, mounted: Mounted, route: LuaRoute, request: Mapping[str, LuaValue], call: Call) -> LuaValue:
        return await self._machine.call(route.id, request)


async def test_routes_of_a_plugin_end_to_end(site: Site, load: Load) -> None:
    machine = await load(PLUGIN, MODULES)
    site.plugins.runtime = InMachine(machine)
    base = "/api/v1/plugins/tried"
    answer = await site.client.get(f"{base}/hello/J%C3%B6rg?q=1&q=2")
    assert answer.json() == {"hello": "Jörg", "query": "1", "ip": "127.0.0.1", "seen": "first, second"}
    member = site.client.signed_in("perm:shop.echo")
    answer = await member.post(f"{base}/echo", json={"list": [], "object": {"a": 1.5}, "text": "ä"})
    assert answer.status == 201
    assert answer.json() == {
        "got": {"list": [], "object": {"a": 1.5}, "text": "ä"}, "actor": "tester", "roles": [],
    }  # fmt: skip
    assert (await site.client.post(f"{base}/echo", json={})).json()["error"]["code"] == "UNAUTHORIZED"
    early = await site.client.get(f"{base}/early")
    assert (early.status, early.body) == (418, b"tea")
    page = await site.client.get(f"{base}/page")
    assert page.body == "<h1>ä</h1>".encode()
    assert "Set-Cookie" not in page.headers
    for path in ("fails", "nothing"):
        failed = await site.client.get(f"{base}/{path}")
        assert (failed.status, failed.json()["error"]["code"]) == (500, "HANDLER_ERROR")
        assert b"init.lua" not in failed.body
    assert "init.lua:13" in site.log.getvalue()


async def test_a_loop_without_an_end_is_a_timeout_and_the_next_request_is_answered(site: Site, load: Load) -> None:
    text = """
    http.handle("GET", "/loop", function() while true do end end, { public = true })
    http.handle("GET", "/ok", function() return { body = "ok" } end, { public = true })
    """
    site.plugins.runtime = InMachine(await load(text, MODULES, budget=1_000_000))
    answer = await site.client.get("/api/v1/plugins/tried/loop")
    assert (answer.status, answer.json()["error"]["code"]) == (504, "HANDLER_TIMEOUT")
    assert (await site.client.get("/api/v1/plugins/tried/ok")).body == b"ok"


async def test_a_plugin_says_of_its_routes_what_an_admin_is_shown(load: Load) -> None:
    machine = await load(PLUGIN, MODULES)
    routes = [dict(one.details) for one in machine.instance.registrations if one.what == "route"]
    assert routes[0] == {"method": "GET", "path": "/hello/{name}", "public": True}
    assert routes[1] == {"method": "POST", "path": "/echo", "public": False, "permission": "shop.echo"}
    assert [one.what for one in machine.instance.registrations].count("middleware") == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('http.handle("get", "/a", f)', "invalid method"),
        ('http.handle("HEAD", "/a", f)', "invalid method"),
        ('http.handle(nil, "/a", f)', "invalid method"),
        ('http.handle("GET", "a", f)', "must start with /"),
        ('http.handle("GET", nil, f)', "must start with /"),
        ('http.handle("GET", "/" .. string.rep("a", 256), f)', "longer than 256"),
        ('http.handle("GET", "/a/../b", f)', "'..'"),
        ('http.handle("GET", "/a?b=1", f)', "only letters"),
        ('http.handle("GET", "/a#b", f)', "only letters"),
        ('http.handle("GET", "/a%2e", f)', "only letters"),
        ('http.handle("GET", "//a", f)', "empty segment"),
        ('http.handle("GET", "/{a}x", f)', "whole segment"),
        ('http.handle("GET", "/{a", f)', "whole segment"),
        ('http.handle("GET", "/{rest...}", f)', "'..'"),
        ('http.handle("GET", "/{a}/{a}", f)', "twice"),
        ('http.handle("GET", "/a")', "no function"),
        ('http.handle("GET", "/a", "f")', "no function"),
        ('http.handle("GET", "/a", f, {permission = 5})', "permission"),
        ('http.handle("GET", "/a", f, {public = true, permission = "a.b"})', "public"),
        ('http.handle("GET", "/a", f) http.handle("GET", "/a", f)', "duplicate route"),
        ('http.handle("GET", "/{a}", f) http.handle("GET", "/{b}/", f)', "duplicate route"),
        ('for i = 1, 51 do http.handle("GET", "/" .. i, f) end', "at most 50"),
        ("http.use(5)", "function is expected"),
        ("for i = 1, 51 do http.use(f) end", "at most 50"),
    ],
)
def test_what_is_no_route_is_said_with_its_line(line: str, words: str) -> None:
    with pytest.raises(Raised, match=r"init\.lua:2: http\.") as error:
        Here(f"local f = function() end\n{line}\n", "http")
    assert words in str(error.value)


def test_what_may_stand_in_a_path() -> None:
    lines = ["/", "/a", "/a-b_c.d", "/{id}/x/{other_id}", "/A/9/", "/" + "a" * 255]
    text = "\n".join(f'http.handle("GET", "{line}", function() end, "ignored")' for line in lines)
    assert [LuaRoute.of(one["id"], one["details"]).path for one in Here(text, "http").registrations] == lines


async def test_routes_are_registered_at_module_scope_only(load: Load) -> None:
    machine = await load('function late() http.handle("GET", "/late", function() end) end', MODULES)
    with pytest.raises(CallFailed, match="module scope"):
        await machine.call("late")
    with pytest.raises(CallFailed, match="module scope"):
        await load('function on_init() http.handle("GET", "/late", function() end) end', MODULES)
