"""What the log says of a request: one line, with what an operator needs, and nothing that gives a right."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from tests.builtin_plugins.http.shop import Shop
from tests.kernel.plugins import plugin

from newel import PUBLIC, Call, hookimpl
from newel.contracts.http import HttpAnswer, HttpRequest, Route
from newel.testing import Client, FakeAccounts, make_app


class Signed:
    """Its paths hold credentials."""

    @hookimpl
    def register_routes(self) -> list[Route]:
        return [
            Route(method="GET", path=path, base="root", handler=self.answer, needs=PUBLIC, summary="Signed")
            for path in ("/signed/{signature}/{file}", "/broken/{token}")
        ]

    async def answer(self, request: HttpRequest, call: Call) -> HttpAnswer:
        if request.path.startswith("/broken"):
            raise RuntimeError("it broke")
        return HttpAnswer(body=b"12345")


async def lines_of(requests: list[tuple[str, str, dict[str, str]]], form: str = "json") -> str:
    log = io.StringIO()
    plugins = ["http", FakeAccounts.manifest, Shop.manifest]
    config = {"log": {"level": "debug", "format": form}}
    signed = plugin("signed", Signed)
    async with (
        make_app(plugins, config, others=[signed], serving=True, log=log) as app,
        Client.of(app) as client,
    ):
        for method, path, headers in requests:
            await client.request(method, path, headers=headers)
    return log.getvalue()


async def test_a_line_of_json_says_who_asked_for_what_and_what_came_of_it() -> None:
    text = await lines_of([
        ("GET", "/api/v1/things?limit=2", {"Authorization": "Bearer admin-token", "X-Request-Id": "mine"}),
        ("GET", "/signed/s3cr3t/a.png", {}),
        ("GET", "/nowhere/at-all", {}),
    ])  # fmt: skip
    lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    first, second, third = [line for line in lines if line["message"] == "request"]
    assert first.pop("ms") >= 0
    assert first.pop("bytes") > 0
    assert first.pop("time")
    assert first == {
        "level": "info", "logger": "newel", "message": "request", "request_id": "mine", "method": "GET",
        "path": "/api/v1/things", "operation": "things.list", "status": 200, "actor": "admin", "ip": "127.0.0.1",
    }  # fmt: skip
    told = ("path", "operation", "status", "bytes", "actor")
    assert [second[key] for key in told] == ["/signed/***/a.png", "/signed/{signature}/{file}", 200, 5, "anonymous"]
    assert (third["operation"], third["status"], third["path"]) == ("", 404, "/nowhere/at-all")


@pytest.mark.parametrize("form", ["text", "json"])
async def test_nothing_that_gives_a_right_is_ever_logged(form: str) -> None:
    """E9.42, E9.45: tokens, cookies, queries, credentials in paths; in what failed, too."""
    secret = "hunter2hunter2"
    headers = {
        "Authorization": f"Bearer {secret}", "Cookie": f"session={secret}", "X-Api-Key": secret,
        "Referer": f"/{secret}", "User-Agent": secret, "Proxy-Authorization": secret,
    }  # fmt: skip
    open_ = {name: value for name, value in headers.items() if name != "Authorization"}
    text = await lines_of(
        [
            ("GET", f"/api/v1/things?token={secret}", headers),
            ("GET", f"/api/v1/things?limit={secret}", open_),
            ("GET", f"/api/v1/things/{'x' * 20}?a[b]={secret}&a[b]={secret}", open_),
            ("POST", f"/livez?{secret}", open_),
            ("GET", f"/nowhere?{secret}", open_),
            ("GET", f"/signed/{secret}/a.png?{secret}", open_),
            ("GET", f"/signed/{secret}/a.png", open_),
            ("GET", f"/broken/{secret}", open_),
        ],
        form,
    )
    assert text.count("it broke") >= 1
    assert text.count('"status"' if form == "json" else " status=") >= 8
    assert secret not in text
