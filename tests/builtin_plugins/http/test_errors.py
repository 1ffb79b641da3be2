"""Every error is a problem (RFC 9457) with a stable code, and a failure of ours says nothing."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builtin_plugins.http.conftest import Served

from newel_http.problems import MEDIA_TYPE

SECRET = b"secret words"


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("conflict", 409, "name_taken"), ("not_found", 404, "not_found"), ("reject", 422, "invalid"),
        ("filter", 400, "malformed"), ("many", 429, "too_many_requests"), ("transient", 503, "unavailable"),
        ("precondition", 412, "precondition_failed"), ("plugin", 500, "plugin_error"), ("crash", 500, "internal_error"),
        ("timeout", 500, "internal_error"), ("problems", 422, "invalid"),
    ],
)  # fmt: skip
async def test_each_error(served: Served, how: str, status: int, code: str) -> None:
    answer = await served.client.get(f"/api/v1/fail?how={how}")
    problem = answer.json()
    assert (answer.status, problem["status"], problem["code"]) == (status, status, code)
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    assert answer.headers["Cache-Control"] == "no-store"
    assert problem["type"] == f"urn:newel:problem:{code}"
    assert problem["instance"] == "/api/v1/fail"
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert problem["title"]
    assert problem["detail"]
    assert SECRET not in answer.body


async def test_what_else_an_error_tells(served: Served) -> None:
    async def told(how: str) -> tuple[Any, Any]:
        answer = await served.client.get(f"/api/v1/fail?how={how}")
        return answer.json(), answer.headers

    assert (await told("many"))[1]["Retry-After"] == "3"
    assert (await told("transient"))[1]["Retry-After"] == "1"
    assert (await told("precondition"))[0]["theirs"] == {"a": [1]}
    assert (await told("filter"))[0]["errors"] == [{"parameter": "how", "code": "odd", "detail": "that is odd"}]
    assert [one.get("parameter", one.get("pointer")) for one in (await told("problems"))[0]["errors"]] == ["a/b", ""]
    assert (await told("plugin"))[0]["plugin"] == "poor"


async def test_a_crash_is_in_the_log_with_its_request(served: Served) -> None:
    answer = await served.client.get("/api/v1/fail?how=crash", headers={"X-Request-Id": "find-me"})
    assert b"RuntimeError" not in answer.body
    log = served.log.getvalue()
    assert "RuntimeError: secret words" in log
    assert "request_id=find-me" in log


async def test_unknown_addresses_and_methods(served: Served) -> None:
    nowhere = await served.client.get("/api/v1/nothing")
    assert (nowhere.status, nowhere.json()["code"]) == (404, "not_found")
    wrong = await served.client.post("/api/v1/things", json={})
    assert (wrong.status, wrong.json()["code"]) == (405, "method_not_allowed")
    assert wrong.headers["Allow"] == "GET, HEAD, OPTIONS"
    for method in ("TRACE", "PROPFIND", "CONNECT"):
        assert (await served.client.request(method, "/api/v1/things")).status in (400, 404, 405)
    override = await served.client.post("/api/v1/things", headers={"X-HTTP-Method-Override": "GET"})
    assert override.status == 405


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/things/", "/api/v1//things", "//api/v1/things", "/api/v1/./things", "/api/v1/x/../things",
        "/api/v1/things/%61%2fb", "/api/v1/things/..", "/api/v1/things/%2e%2e", "/api/v1/things/%2E",
        "/api/v1/thing%73", "/api/v1/Things", "/API/v1/things", "/api/v1/things;x=1", "/api/v1/things/a;x",
        "/api/v1/things/a%5cb", "/api/v1/things/a%00", "/api/v1/things/%ff", "/api/v1/things/a/", "/api/v1",
        "/livez/", "/api/v1/files/a/%2e%2e/b", "/api/v1/files/a//b", "/api/v1/files/", "/api/v1/things/me.css/x.css",
    ],
)  # fmt: skip
async def test_only_the_canonical_path_exists(served: Served, path: str) -> None:
    answer = await served.client.get(path)
    assert (answer.status, answer.json()["code"]) == (404, "not_found")


async def test_request_ids(served: Served) -> None:
    for given in ("abc", "A.b_c-9", "x" * 128):
        answer = await served.client.get("/livez", headers={"X-Request-Id": given})
        assert answer.headers["X-Request-Id"] == given
    for given in ("", "a b", "x" * 129, "a/b", "ü"):
        answer = await served.client.get("/livez", headers={"X-Request-Id": given})
        assert len(answer.headers["X-Request-Id"]) == 26


async def test_the_access_log(served: Served) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    admin = served.client.signed_in("admin-token")
    await admin.get("/api/v1/things?limit=2", headers={"traceparent": trace, "X-Request-Id": "mine"})
    await served.client.get("/api/v1/things", headers={"traceparent": "nonsense"})
    first, second = [line for line in served.log.getvalue().splitlines() if " request " in line]
    for part in ("method=GET", "path=/api/v1/things ", "status=200", "actor=admin", "ip=127.0.0.1", "request_id=mine",
                 f"traceparent={trace}"):  # fmt: skip
        assert part in first + " "
    assert "limit" not in first
    assert "actor=anonymous" in second
    assert "traceparent" not in second
