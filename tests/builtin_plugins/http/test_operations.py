"""Operations over HTTP: input from path, query, body and headers; answers as JSON."""

from __future__ import annotations

from tests.builtin_plugins.http.conftest import Served


async def test_reads(served: Served) -> None:
    answer = await served.client.get("/api/v1/things/a")
    assert answer.status == 200
    assert answer.json()["name"] == "first"
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["ETag"] == '"r1"'
