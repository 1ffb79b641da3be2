"""What a plugin answers, and what it cannot make of the origin that it shares with the API."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builtin_plugins.lua.routes.conftest import Site

from newel_lua.model import LuaValue
from newel_lua.routing.answers import BLOCKED
from newel_lua.routing.table import LuaRoute

pytestmark = pytest.mark.needs_plugin("http")

OPEN = "/api/v1/plugins/shop/open"


async def answered(site: Site, value: LuaValue) -> Any:
    site.plugins.answer = value
    return await site.client.get(OPEN)


async def test_json_wins_over_body_and_both_have_their_type(site: Site) -> None:
    answer = await answered(site, {"status": 201.0, "json": {"a": [1, None, "ä"]}, "body": "no"})
    assert (answer.status, answer.json()) == (201, {"a": [1, None, "ä"]})
    assert answer.headers["Content-Type"] == "application/json"
    answer = await answered(site, {"body": "hi", "headers": {"X-Custom": "v", "X-Count": 3, "Location": "/there"}})
    assert (answer.status, answer.body) == (200, b"hi")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert (answer.headers["X-Custom"], answer.headers["X-Count"], answer.headers["Location"]) == ("v", "3", "/there")
    answer = await answered(site, {"body": b"\xff\x00", "headers": {"Content-Type": "application/octet-stream"}})
    assert (answer.body, answer.headers["Content-Type"]) == (b"\xff\x00", "application/octet-stream")
    answer = await answered(site, {"json": {"title": "t"}, "headers": {"content-type": "application/problem+json"}})
    assert answer.headers["Content-Type"] == "application/problem+json"
    answer = await answered(site, {"json": False, "headers": {"content-type": "text/html"}})
    assert (answer.body, answer.headers["Content-Type"]) == (b"false", "application/json")
    answer = await answered(site, {"status": 204, "body": "dropped", "headers": []})
    assert (answer.status, answer.body) == (204, b"")
    assert (await answered(site, [])).status == 200
    assert (await answered(site, {"json": {"text": b"\xffx"}})).json() == {"text": "\ufffdx"}


@pytest.mark.parametrize(
    "value",
    [
        None, "text", 5, True, [1, 2], {"status": 99}, {"status": 101}, {"status": 600}, {"status": "200"},
        {"status": 200.5}, {"status": True}, {"body": {"a": 1}}, {"headers": "x"}, {"headers": {"X": "a\r\nB: c"}},
        {"headers": {"X Y": "a"}}, {"headers": {"X:Y": "a"}}, {"headers": {"X": "\0"}}, {"headers": {"X": {}}},
        {"headers": {"": "a"}}, {"headers": {f"X-{number}": "a" for number in range(51)}},
        {"headers": {"Content-Type": "text/html\nX: y"}}, {"json": 1 << 70}, {"status": float("inf")},
        {"status": float("nan")},
    ],
)  # fmt: skip
async def test_what_is_no_response_is_an_error_of_the_handler(site: Site, value: LuaValue) -> None:
    answer = await answered(site, value)
    assert (answer.status, answer.json()["error"]["code"]) == (500, "HANDLER_ERROR")
    assert "a plugin's route failed" in site.log.getvalue()


async def test_an_answer_has_its_limit(site: Site) -> None:
    assert len((await answered(site, {"body": "x" * 5_242_880})).body) == 5_242_880
    answer = await answered(site, {"body": "x" * 5_242_881})
    assert (answer.status, answer.json()["error"]["code"]) == (500, "RESPONSE_TOO_LARGE")


async def test_e8_40_headers_that_speak_for_the_whole_origin_are_left_out(site: Site) -> None:
    given = {name.title(): "https://evil.example" for name in BLOCKED} | {
        "ACCESS-CONTROL-ALLOW-ORIGIN": "*",
        "Access-Control-Allow-Credentials": "true",
        "Content-Security-Policy": "default-src *",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "CDN-Cache-Control": "max-age=9",
        "Surrogate-Control": "max-age=9",
        "X-Accel-Redirect": "/etc/passwd",
        "Sec-Anything": "x",
    }
    names = list(given)
    for part in (names[:30], names[30:]):  # 50 are the most
        answer = await answered(site, {"headers": {**{name: given[name] for name in part}, "X-Fine": "1"}})
        assert answer.status == 200
        assert answer.headers["X-Fine"] == "1"
        assert "evil.example" not in str(answer.headers)
        gone = ("access-control", "sec-", "x-accel", "cdn-", "surrogate-", "x-sendfile", "set-cookie", "alt-svc")
        assert not [name for name in answer.headers if name.lower().startswith(gone)]
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
    assert site.log.getvalue().count("headers of a plugin were left out") == 1, "its author is told, but not each time"


@pytest.mark.parametrize("media", ["text/html", "TEXT/HTML; charset=utf-8", "image/svg+xml", "application/xml", ""])
async def test_e8_40_html_from_the_apis_origin_is_in_a_sandbox(site: Site, media: str) -> None:
    page = "<script>fetch('/api/v1/auth/me')</script>"
    answer = await answered(site, {"body": page, "headers": {"Content-Type": media} if media else {}})
    assert answer.body == page.encode()
    policy = [part.strip() for part in answer.headers["Content-Security-Policy"].split(";")]
    assert "sandbox" in policy, "no word that gives scripts, forms or the origin back"
    assert "default-src 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cache-Control"] == "no-store"
    if not media:
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


async def test_e8_40_a_plugin_cannot_shadow_what_is_not_its_own(site: Site) -> None:
    """Whatever a machine says it registered: it is refused, or it is below its plugin's own name."""
    for path in ("/../auth/login", "/..", "//auth", "/a?b", "/a#b", "/%2e%2e/auth", "auth", "", "/{a}{b}", "/a b",
                 "/{rest...}", "/" + "a" * 256, "/a\0", "/a\n", None, 7):  # fmt: skip
        with pytest.raises(ValueError, match="path"):
            LuaRoute.of(1, {"method": "GET", "path": path})
    for method in ("OPTIONS", "HEAD", "get", "TRACE", "CONNECT", "", None):
        with pytest.raises(ValueError, match="method"):
            LuaRoute.of(1, {"method": method, "path": "/a"})
    with pytest.raises(ValueError, match="permission"):
        LuaRoute.of(1, {"method": "GET", "path": "/a", "permission": "a b"})
    site.plugins.mount(
        {"method": "GET", "path": "/api/v1/auth/me", "public": True},
        {"method": "GET", "path": "/{a}/{b}/{c}/{d}", "public": True},
    )
    for path in ("/api/v1/openapi.json", "/livez", "/api/v1/auth/me", "/api/v1/plugins/other/a/b/c/d"):
        await site.client.get(path)
    assert site.plugins.called == []
    await site.client.get("/api/v1/plugins/shop/api/v1/auth/me")
    assert [one.path for one in site.plugins.called] == ["/api/v1/auth/me"]
