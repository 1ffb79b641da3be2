"""Who may ask a plugin's route, and what the plugin is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.lua.routes.conftest import Site

from newel.contracts.http import HttpServer
from newel.testing import FakeClock
from newel.testing.fakes import plugin_of
from newel_lua.faults import Away, Busy, CallFailed, Exceeded, LuaError, Resting, TimedOut

pytestmark = pytest.mark.needs_plugin("http")

SHOP = "/api/v1/plugins/shop"


def error_of(answer: Any) -> tuple[int, str, str]:
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["status"] == answer.status
    assert problem["error"]["request_id"] == problem["request_id"] == answer.headers["X-Request-Id"]
    assert problem["error"]["message"] == problem["detail"]
    return answer.status, problem["code"], problem["error"]["code"]


async def test_the_request_table_is_as_documented(site: Site) -> None:
    await site.client.post(
        f"{SHOP}/open?name=A%20B&name=second&empty=&n=%C3%A4",
        body=b'{"list": [], "n": 1.5}',
        headers={"Content-Type": "application/json; charset=utf-8", "X-Custom": "yes", "X-Request-Id": "abc"},
    )
    request = dict(site.plugins.requests[0])
    headers = request.pop("headers")
    assert headers["x-custom"] == "yes"
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert request == {
        "method": "POST",
        "path": f"{SHOP}/open",
        "body": b'{"list": [], "n": 1.5}',
        "client_ip": "127.0.0.1",
        "query": {"name": "A B", "empty": "", "n": "ä"},
        "params": {},
        "json": {"list": [], "n": 1.5},
        "request_id": "abc",
    }


async def test_who_is_signed_in_is_told_but_their_credentials_are_not(site: Site) -> None:
    client = site.client.signed_in("admin-token")
    await client.get(f"{SHOP}/members", headers={"Cookie": "session=canary-c00c", "Proxy-Authorization": "canary"})
    (request,) = site.plugins.requests
    assert request["actor"] == {"id": "admin", "name": "admin", "kind": "user", "roles": []}
    assert "admin-token" not in repr(request)
    assert "canary" not in repr(request)
    await site.client.get(f"{SHOP}/open")
    assert "actor" not in site.plugins.requests[1]


async def test_json_that_is_none_is_left_to_the_plugin_and_what_is_too_deep_is_refused(site: Site) -> None:
    headers = {"Content-Type": "application/json"}
    for body in (b"{", b"", b"nul", b'"\xff"'):
        assert (await site.client.post(f"{SHOP}/open", body=body, headers=headers)).status == 200
        assert site.plugins.requests[-1].get("json") is None
        assert site.plugins.requests[-1]["body"] == body
    await site.client.post(f"{SHOP}/open", body=b"{}", headers={"Content-Type": "text/plain"})
    assert "json" not in site.plugins.requests[-1]
    deep = b"[" * 500 + b"]" * 500
    answer = await site.client.post(f"{SHOP}/open", body=deep, headers=headers)
    assert error_of(answer) == (400, "malformed", "INVALID_REQUEST")


@pytest.mark.parametrize(
    ("path", "route", "params"),
    [
        ("/items/new", "/items/new", {}),
        ("/items/7", "/items/{id}", {"id": "7"}),
        ("/items/a%20b%C3%A4", "/items/{id}", {"id": "a bä"}),
        ("/items/7/", "/items/{id}", {"id": "7"}),
        ("/boats/new", "/{kind}/new", {"kind": "boats"}),
        ("/", "/", {}),
        ("", "/", {}),
    ],
)
async def test_a_fixed_segment_is_tried_before_a_part(
    site: Site, path: str, route: str, params: dict[str, str]
) -> None:
    assert (await site.client.get(SHOP + path)).status == 200
    assert [one.path for one in site.plugins.called] == [route]
    assert site.plugins.requests[0]["params"] == params


@pytest.mark.parametrize(
    "path",
    ["/shop/nothing", "/shop/items", "/shop/items/7/8", "/other", "/other/open", "/shop/open//", "/shop/items/%2e%2e"],
)
async def test_what_is_not_there_is_not_found(site: Site, path: str) -> None:
    answer = await site.client.get(f"/api/v1/plugins{path}")
    assert answer.status == 404
    assert site.plugins.called == []


async def test_a_path_answers_only_the_methods_of_its_routes(site: Site) -> None:
    assert error_of(await site.client.get(f"{SHOP}/nothing")) == (404, "route_not_found", "ROUTE_NOT_FOUND")
    answer = await site.client.put(f"{SHOP}/open")
    assert error_of(answer) == (405, "method_not_allowed", "METHOD_NOT_ALLOWED")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    assert (await site.client.delete(f"{SHOP}/items/new")).status == 200, "the part has it, though the fixed has not"
    assert (await site.client.request("HEAD", f"{SHOP}/open")).status == 200
    assert site.plugins.requests[-1]["method"] == "HEAD"


async def test_a_route_needs_what_its_plugin_says(site: Site) -> None:
    site.plugins.answer = {"json": {"ok": True}}
    nobody, member = site.client, site.client.signed_in("perm:other")
    stocker = site.client.signed_in("perm:shop.stock")
    assert error_of(await nobody.get(f"{SHOP}/members")) == (401, "unauthenticated", "UNAUTHORIZED")
    assert error_of(await nobody.put(f"{SHOP}/stock")) == (401, "unauthenticated", "UNAUTHORIZED")
    assert error_of(await member.put(f"{SHOP}/stock")) == (403, "forbidden", "FORBIDDEN")
    assert site.plugins.called == []
    assert (await member.get(f"{SHOP}/members")).status == 200
    assert (await stocker.put(f"{SHOP}/stock")).status == 200
    assert (await site.client.signed_in("admin-token").put(f"{SHOP}/stock")).status == 200
    assert (await nobody.get(f"{SHOP}/open")).status == 200
    rows = plugin_of(site.app, "fake_audit").rows
    assert [row.outcome for row in rows] == ["denied"] * 3, "who was turned away is in the audit trail"


async def test_a_stranger_is_refused_before_their_body_is_read(site: Site) -> None:
    host, port = site.app.need(HttpServer).url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST {SHOP}/members HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n".encode())
    head = await asyncio.wait_for(reader.readline(), 10)  # not a byte of the body was sent
    writer.close()
    assert b" 401 " in head


async def test_a_body_has_its_limit(site: Site) -> None:
    async def pieces(more: bytes) -> AsyncIterator[bytes]:
        for _ in range(16):
            yield b"x" * 65_536
        if more:
            yield more

    assert (await site.client.post(f"{SHOP}/open", body=pieces(b""))).status == 200
    assert site.plugins.requests[0]["body"] == b"x" * 1_048_576
    answer = await site.client.post(f"{SHOP}/open", body=pieces(b"x"))
    assert error_of(answer) == (413, "too_large", "INVALID_REQUEST")


async def test_an_address_may_ask_so_often(site: Site, clock: FakeClock) -> None:
    answers = [await site.client.get(f"{SHOP}/nothing") for _ in range(101)]
    assert [one.status for one in answers] == [404] * 100 + [429]
    assert error_of(answers[-1]) == (429, "too_many_requests", "RATE_LIMITED")
    assert answers[-1].headers["Retry-After"] == "1"
    await clock.advance(1)
    assert (await site.client.get(f"{SHOP}/open")).status == 200


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (LuaError("init.lua:3: secret words canary-7f3a"), (500, "handler_error", "HANDLER_ERROR")),
        (Exceeded("memory", "secret words"), (500, "handler_error", "HANDLER_ERROR")),
        (Exceeded("instructions", "secret words"), (504, "handler_timeout", "HANDLER_TIMEOUT")),
        (TimedOut("secret words"), (504, "handler_timeout", "HANDLER_TIMEOUT")),
        (Busy("secret words"), (503, "pool_exhausted", "POOL_EXHAUSTED")),
        (Away("secret words"), (503, "plugin_unavailable", "PLUGIN_UNAVAILABLE")),
        (Resting("secret words", 42.5), (503, "circuit_breaker_open", "CIRCUIT_BREAKER_OPEN")),
        (Resting("secret words", float("inf")), (503, "circuit_breaker_open", "CIRCUIT_BREAKER_OPEN")),
    ],
)
async def test_a_failure_is_told_without_the_plugins_words(
    site: Site, failure: CallFailed, expected: tuple[int, str, str]
) -> None:
    site.plugins.answer = failure
    answer = await site.client.get(f"{SHOP}/open")
    assert error_of(answer) == expected
    assert b"secret words" not in answer.body
    assert b"init.lua" not in answer.body
    if expected[0] == 503:
        assert int(answer.headers["Retry-After"]) >= 1


async def test_the_log_names_file_and_line_under_the_request_id_but_no_secret_setting(site: Site) -> None:
    site.plugins.answer = LuaError("init.lua:3: cannot use canary-7f3a")
    await site.client.get(f"{SHOP}/open", headers={"X-Request-Id": "look-here"})
    (line,) = [line for line in site.log.getvalue().splitlines() if "init.lua:3" in line]
    assert "request_id=look-here" in line
    assert "plugin=shop" in line
    assert "route=GET /open" in line
    assert "error=init.lua:3: cannot use ***" in line


async def test_values_that_are_no_utf8_reach_the_plugin_as_they_are(site: Site) -> None:
    host, port = site.app.need(HttpServer).url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"GET {SHOP}/open?a=%FF&b=%C3%A4&%FF=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Odd: ".encode()
    writer.write(head + b"\xff\xe4\r\n\r\n")
    assert b" 200 " in await reader.readline()
    writer.close()
    (request,) = site.plugins.requests
    assert request["headers"]["x-odd"] == b"\xff\xe4"
    assert request["query"] == {"a": "\ufffd", "b": "ä", "\ufffd": "1"}


async def test_a_query_has_its_limit(site: Site) -> None:
    query = "&".join(f"p{number}=1" for number in range(201))
    assert error_of(await site.client.get(f"{SHOP}/open?{query}")) == (400, "malformed", "INVALID_REQUEST")
