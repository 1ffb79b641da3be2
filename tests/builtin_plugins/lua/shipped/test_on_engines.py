"""What ships, on each engine: tables are made, conditions mean the same, versions and counts hold."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from newel.context import SYSTEM
from newel.testing import Client, FakeAccounts, make_app
from newel.testing.engines import Engine

pytestmark = pytest.mark.slow
PLUGINS = ["database", "migrations", "content", "delivery", "http", "jobs", "lua"]
CONFIG = {"lua": {"watch": False}}


class Api:
    """Routes of a plugin, asked by an admin."""

    def __init__(self, client: Client, plugin: str) -> None:
        self._client = client
        self._base = f"/api/v1/plugins/{plugin}"

    async def __call__(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = await self._client.request(method, self._base + path, json=body)
        assert answer.status == status, answer
        return answer.json() if "json" in answer.headers["Content-Type"] else answer.body.decode()


async def test_forms_and_redirects_keep_their_rows(engine: Engine) -> None:
    async with make_app([*PLUGINS, FakeAccounts.manifest], CONFIG, serving=True) as app:
        for name in ("forms", "redirects"):
            for verb, more in (("approve", {"all": True}), ("enable", {})):
                await app.operations.run(f"lua.{verb}", {"name": name, **more}, app.call(SYSTEM, "cli"))
        lua: Any = app.plugins["lua"]
        await lua.life.settled()
        async with Client.of(app, "admin-token") as client:
            await _forms(Api(client, "forms"))
            await _redirects(Api(client, "redirects"))


async def _forms(api: Api) -> None:
    form = await api("POST", "/forms", {"name": "Größe", "rate_limit": 4}, 201)
    path = f"/forms/{form['id']}"
    field = await api("POST", f"{path}/fields", {"name": "word", "field_type": "text", "version": 1}, 201)
    await api("POST", f"{path}/fields", {"name": "word", "field_type": "text", "version": 2}, 409)
    late = await api("PUT", path, {"name": "other", "version": 1}, 409)
    assert late["current_version"] == 2, "what was refused is undone"
    assert (await api("POST", f"{path}/fields/reorder", {"field_ids": [field["id"]], "version": 2}))["version"] == 3
    ids = [(await api("POST", f"{path}/submit", {"word": f"wörd {number}"}, 201))["id"] for number in range(4)]
    await api("POST", f"{path}/submit", {"word": "more"}, 429)
    first = await api("GET", f"{path}/export?limit=3")
    assert ([one["id"] for one in first["items"]], first["has_more"]) == (ids[:3], True)
    rest = await api("GET", f"{path}/export?limit=3&after={first['after']}")
    assert [one["data"]["word"] for one in rest["items"]] == ["wörd 3"]
    assert (await api("GET", f"{path}/webhooks/queue"))["pending"] == 0
    assert (await api("DELETE", f"{path}?version=3"))["deleted"]
    await api("GET", f"/entries/{ids[0]}", status=404)


async def _redirects(api: Api) -> None:
    long = "/" + "ä" * 240
    rows = [("/old", "exact", "/new"), ("/a", "prefix", "/b"), ("/c/:x", "pattern", "/d/:x"), (long, "exact", "/short")]
    for source, kind, target in rows:
        await api("POST", "/rules", {"source": source, "kind": kind, "target": target}, 201)
    await api("POST", "/rules", {"source": "/old", "target": "/x"}, 409)
    await api("POST", "/rules", {"source": "/new", "target": "/old"}, 409)
    for path, location in (("/old", "/new"), ("/a/1/2", "/b/1/2"), ("/c/9", "/d/9"), (long, "/short")):
        assert (await api("GET", f"/resolve?path={quote(path)}"))["location"] == location
    assert (await api("GET", "/rules?q=/OLD"))["total"] == 0, "letters have a case"
    found = await api("GET", "/rules?q=/ol")
    assert [(one["source"], one["hits"]) for one in found["items"]] == [("/old", 1)]
    exported = await api("GET", "/export")
    assert exported.count("\r\n") == 5
    await api("GET", "/resolve?path=/nothing", status=404)
