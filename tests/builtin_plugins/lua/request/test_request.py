"""Calls of plugins to other servers."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, get_args

import pytest
from tests.builtin_plugins.lua.conftest import run_of
from tests.builtin_plugins.lua.request.conftest import NEEDS, Outside

from newel.contracts.egress import EgressFailed, EgressRefused
from newel.testing.egress import Page
from newel_lua.model import Grants, Kind, LuaFault, LuaValue, Self
from newel_lua.modules import request

API = "https://api.example.org"


async def test_an_answer_has_status_body_headers_and_json_where_it_was_asked_for(outside: Outside) -> None:
    outside.egress.pages[f"{API}/a?b=c"] = Page(b'{"ok": [1]}', 201, {"Content-Type": "application/json"})
    expected = {"status": 201, "body": b'{"ok": [1]}', "headers": {"content-type": "application/json"}}
    assert await outside.get(f"{API}/a?b=c") == expected
    assert await outside.get(f"{API}/a?b=c", parse_json=True) == expected | {"json": {"ok": [1]}}
    outside.egress.pages[API] = Page(b"{", 404)
    assert await outside.get(API, parse_json=True) == {"status": 404, "body": b"{", "headers": {}}


async def test_what_is_sent(outside: Outside) -> None:
    outside.egress.pages[f"{API}/p"] = Page(b"")
    await outside.send("post", f"{API}/p", {"json": {"a": [1, "ä"]}, "headers": {"X-Key": "k", "X-N": 3}})
    await outside.send("PUT", f"{API}/p#part", {"body": b"\xff", "timeout": 2})
    await outside.send("PUT", "HTTPS://API.example.ORG/p".replace("HTTPS", "https"), {"body": "ä", "timeout": 99})
    first, second, third = outside.egress.requests
    assert (first.method, first.body) == ("POST", '{"a":[1,"ä"]}'.encode())
    assert first.headers == {"x-key": "k", "x-n": "3", "content-type": "application/json"}
    assert (first.seconds, first.max_bytes, first.redirects) == (10.0, 1_048_576, 0)
    assert (second.url, second.body, second.seconds) == (f"{API}/p", b"\xff", 2.0)
    assert (third.url, third.body, third.seconds) == (f"{API}/p", "ä".encode(), 10.0)


@pytest.mark.parametrize(
    "args",
    [
        (), ("GET",), ("TRACE", API), ("GET", 5), ("GET", "api.example.org"), ("GET", "ftp://api.example.org/"),
        ("GET", "https://user:pass@api.example.org/"), ("GET", "https://api.example.org\\@evil.example/"),
        ("GET", "https://api.example.org @evil.example/"), ("GET", "https://api.example.org/a b"),
        ("GET", "https://api.example.org/\r\nX: y"), ("GET", "https://[::1]/"), ("GET", "https://\uff41pi.example.org/"),
        ("GET", "https:///a"), ("GET", API + "/" + "a" * 8000), ("GET", b"https://\xff"), ("GET", "https://a%2eb/"),
        ("POST", API, {"body": "a", "json": {}}), ("POST", API, {"body": {"a": 1}}),
        ("POST", API, {"body": "a" * 1_048_577}), ("POST", API, {"json": 1 << 70}),
        ("GET", API, {"headers": {"X": {"a": 1}}}), ("GET", API, {"headers": {"X": b"\xff"}}),
        ("GET", API, {"headers": {f"X-{n}": "a" for n in range(51)}}), ("GET", API, {"headers": {"X": "a" * 20_000}}),
    ],
)  # fmt: skip
async def test_mistakes_raise_in_the_plugin(outside: Outside, args: tuple[LuaValue, ...]) -> None:
    with pytest.raises(LuaFault, match=r"request\.send"):
        await outside.send(*args)
    assert outside.egress.requests == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://evil.example/", "domain not approved: evil.example"),
        ("https://api.example.org.evil.example/", "not approved"),
        ("https://xapi.example.org/", "not approved"),
        ("https://api.example.org./", "not approved"),
        ("https://evil.example/api.example.org", "not approved"),
        ("https://evil.example?https://api.example.org", "not approved"),
        ("http://api.example.org/", "only https"),
        ("http://localhost/", "only https"),
        ("https://kv/", "not approved"),
    ],
)
async def test_e8_40_only_approved_domains_are_called(outside: Outside, url: str, words: str) -> None:
    assert words in (await outside.get(url))["error"]
    assert outside.egress.requests == []


async def test_an_approval_that_is_taken_back_holds_at_once(outside: Outside) -> None:
    outside.egress.pages[API] = Page()
    assert (await outside.get(API))["status"] == 200
    assert (await outside.send("GET", API, needs=frozenset()))["error"] == "domain not approved: api.example.org"


async def test_e8_40_a_redirect_elsewhere_is_an_answer_and_nothing_is_called_there(outside: Outside) -> None:
    outside.egress.pages[f"{API}/go"] = Page(b"", 302, {"Location": "https://evil.example/secret"})
    outside.egress.pages["https://evil.example/secret"] = Page(b"SECRET")
    answer = await outside.get(f"{API}/go")
    assert (answer["status"], answer["headers"]["location"]) == (302, "https://evil.example/secret")
    assert [one.url for one in outside.egress.requests] == [f"{API}/go"]
    assert "not approved" in (await outside.get(answer["headers"]["location"]))["error"]


@pytest.mark.parametrize("kind", get_args(Kind))
async def test_where_nobody_may_wait_for_others_it_is_forbidden(outside: Outside, kind: Kind) -> None:
    outside.egress.pages[API] = Page()
    if kind in ("route", "after", "read", "screen", "schedule", "test"):
        assert (await outside.send("GET", API, kind=kind))["status"] == 200
    else:
        with pytest.raises(LuaFault, match="not available"):
            await outside.send("GET", API, kind=kind)


async def test_what_the_way_out_refuses_or_cannot_do_is_told(outside: Outside) -> None:
    refused = EgressRefused("its host has a loopback address", extra={"rule": "loopback"})
    outside.egress.pages[f"{API}/r"] = refused
    assert await outside.get(f"{API}/r") == {"error": "its host has a loopback address"}
    outside.egress.pages[f"{API}/f"] = EgressFailed("it took longer than it may")
    assert await outside.get(f"{API}/f") == {"error": "it took longer than it may"}
    outside.egress.pages[f"{API}/large"] = Page(b"x" * 1_048_577)
    assert "larger than 1048576" in (await outside.get(f"{API}/large"))["error"]


async def test_a_site_without_a_way_out_says_so(outside: Outside) -> None:
    module = request.RequestModule(lambda: None, outside.clock, logging.getLogger("x"))
    plugin = Self(name="shop", version="1", grants=Grants(needs=NEEDS))
    answer = await module.send(run_of(plugin, outside.clock), ["GET", API])
    assert answer == {"error": "this site makes no outgoing requests"}


async def test_sixty_a_minute_to_a_domain_and_six_hundred_in_all(outside: Outside) -> None:
    outside.egress.pages[API] = outside.egress.pages["https://other.example.org"] = Page()
    answers = [await outside.get(API) for _ in range(61)]
    assert [one.get("status") for one in answers] == [200] * 60 + [None]
    assert answers[-1] == {"error": "rate limit exceeded for domain: api.example.org"}
    assert (await outside.get("https://other.example.org"))["status"] == 200
    assert (await outside.send("GET", API, name="blog"))["status"] == 200, "another plugin has its own"
    sent = 62
    for number in range(20):
        for _ in range(60):
            sent += (await outside.send("GET", API, name=f"p{number}")).get("status") == 200
    assert sent == 600
    await outside.clock.advance(60)
    assert (await outside.get(API))["status"] == 200


async def test_five_failures_and_a_domain_is_left_alone_for_a_minute(outside: Outside) -> None:
    outside.egress.pages[f"{API}/bad"] = Page(b"no", 503)
    outside.egress.pages[f"{API}/good"] = outside.egress.pages["https://other.example.org"] = Page()
    for _ in range(5):
        assert (await outside.get(f"{API}/bad"))["status"] == 503
    assert await outside.get(f"{API}/good") == {"error": "circuit breaker open for domain: api.example.org"}
    assert (await outside.get("https://other.example.org"))["status"] == 200
    assert (await outside.send("GET", f"{API}/good", name="blog"))["status"] == 200, "it is this plugin's own"
    await outside.clock.advance(60)
    assert (await outside.get(f"{API}/bad"))["status"] == 503
    assert "error" in await outside.get(f"{API}/good")
    await outside.clock.advance(60)
    assert (await outside.get(f"{API}/good"))["status"] == 200
    assert (await outside.get(f"{API}/good"))["status"] == 200


async def test_memory_for_domains_is_bounded(outside: Outside) -> None:
    outside.egress.pages[API] = Page()
    for number in range(request.REMEMBERED + 50):
        await outside.send("GET", API, name=f"p{number}")
    assert len(outside.module._breakers) == request.REMEMBERED


async def test_a_call_that_nobody_waits_for_ends_and_is_no_failure(outside: Outside) -> None:
    class Endless:
        def send(self, order: Any) -> Any:
            raise asyncio.CancelledError

        async def check(self, url: str) -> None: ...

    outside.module._egress = Endless
    for _ in range(6):
        with pytest.raises(asyncio.CancelledError):
            await outside.get(API)
    outside.module._egress = lambda: outside.egress
    outside.egress.pages[API] = Page()
    assert (await outside.get(API))["status"] == 200


async def test_the_log_has_the_domain_and_nothing_that_may_be_a_key(outside: Outside) -> None:
    outside.egress.pages[f"{API}/canary-path?key=canary-query"] = Page(b"canary-answer")
    await outside.get(f"{API}/canary-path?key=canary-query", headers={"Authorization": "canary-header"})
    await outside.get(f"{API}/canary-nowhere")
    assert outside.log.getvalue().count("a plugin called another server") == 2
    assert "canary" not in outside.log.getvalue()
