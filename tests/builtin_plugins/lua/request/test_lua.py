"""``request`` in a real machine, out of a real client."""

from __future__ import annotations

import logging

import pytest
from attrs import define
from tests.builtin_plugins.egress.world import says, served, text, world
from tests.builtin_plugins.lua.conftest import Load, Machine
from tests.builtin_plugins.lua.services.machines import Here, Raised

from newel.contracts.egress import Egress
from newel.testing import FakeClock
from newel_lua.faults import LuaError
from newel_lua.modules.request import RequestModule

PLUGIN = """
request.register("localhost", { description = "tests" })
request.register("API.example.org")
request.register("api.example.org")
function fetch(url, options) return request.get(url, options) end
function store(url, options) return request.post(url, options) end
function send(method, url)
  local answer = request.send(method, url)
  return answer
end
function caught(url) local ok, message = pcall(request.get, url) return { ok = ok, message = message } end
"""


@define
class Way:
    """The way out of a site, once that runs."""

    egress: Egress | None = None

    def module(self, clock: FakeClock) -> RequestModule:
        return RequestModule(lambda: self.egress, clock, logging.getLogger("lua tests"), local=True)

    async def load(self, load: Load, clock: FakeClock) -> Machine:
        return await load(PLUGIN, [self.module(clock)], needs=["net:localhost", "net:api.example.org"])


@pytest.mark.needs_plugin("egress")
async def test_e6_33_an_approved_name_that_leads_inside_is_not_called(load: Load, clock: FakeClock) -> None:
    names = {"api.example.org": ["93.184.216.34", "10.0.0.1"]}
    way = Way()
    machine = await way.load(load, clock)
    async with served(says(text(b"SECRET"))) as server, world(names=names, ports=[server.port]) as site:
        way.egress = site.egress
        answer = await machine.call("fetch", f"https://api.example.org:{server.port}/")
        assert "private network" in answer["error"]
        assert "10.0.0.1" not in answer["error"]
        assert site.asked == ["api.example.org"], "resolved once"
        local = await machine.call("fetch", f"http://localhost:{server.port}/")
        assert "name of this machine" in local["error"], "plugins may, but the site must allow it too"
    assert server.got == []


@pytest.mark.needs_plugin("egress")
async def test_e6_34_and_e8_40_answers_have_their_limits_and_redirects_are_not_followed(
    load: Load, clock: FakeClock
) -> None:
    way = Way()
    machine = await way.load(load, clock)
    async with served(says(text(b"SECRET"))) as other, served(says()) as server:
        server.behave = says(
            ok=text(b'{"a": [1, 2]}', Content_Type="application/json", Set_Cookie="a=1"),
            go=text(b"", 302, Location=f"http://127.0.0.1:{other.port}/"),
            large=text(b"x" * 1_048_577),
        )
        settings = {"allow": ["localhost"], "names": {"localhost": ["127.0.0.1"]}, "ports": [server.port, other.port]}
        async with world(**settings) as site:
            way.egress = site.egress
            base = f"http://localhost:{server.port}"
            answer = await machine.call("fetch", f"{base}/ok", {"parse_json": True})
            assert (answer["status"], answer["json"]) == (200, {"a": [1, 2]})
            assert (await machine.call("fetch", f"{base}/go"))["status"] == 302
            assert "larger than 1048576" in (await machine.call("fetch", f"{base}/large"))["error"]
            await machine.call("store", f"{base}/ok", {"json": {"x": "ä"}})
            assert "cookie" not in server.got[-1].headers
            assert server.got[-1].headers["content-type"] == "application/json"
    assert other.got == []


async def test_what_an_admin_is_shown(load: Load, clock: FakeClock) -> None:
    machine = await Way().load(load, clock)
    assert [(one.what, dict(one.details)) for one in machine.instance.registrations] == [
        ("domain", {"domain": "localhost", "description": "tests"}),
        ("domain", {"domain": "api.example.org", "description": ""}),
    ]


async def test_a_mistake_raises_with_the_line_of_the_plugin(load: Load, clock: FakeClock) -> None:
    machine = await Way().load(load, clock)
    answer = await machine.call("caught", "no url")
    assert answer == {"ok": False, "message": answer["message"]}
    assert "invalid URL" in answer["message"]
    with pytest.raises(LuaError) as error:
        await machine.call("send", "BREW", "https://api.example.org")
    assert (error.value.file, error.value.line) == ("init.lua", 8)


@pytest.mark.parametrize(
    "line",
    [
        "request.register()", 'request.register("")', 'request.register("https://example.org")',
        'request.register("example.org/a")', 'request.register("example.org:443")', 'request.register("*.example.org")',
        'request.register("example")', 'request.register("exämple.org")', 'request.register("a@b.org")',
        'request.register(("a"):rep(250) .. ".org")', 'for i = 1, 51 do request.register("a" .. i .. ".org") end',
    ],
)  # fmt: skip
def test_what_is_no_domain_is_said_with_its_line(line: str) -> None:
    with pytest.raises(Raised, match=r"init\.lua:2: request\.register"):
        Here(f"\n{line}", "request")
