"""The library over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.media.pointing import PDF, FakeContent
from tests.builtin_plugins.media.site import PLUGINS, Site, image, site

from newel.testing import Client
from newel.testing.fakes import FakeAccounts

pytestmark = pytest.mark.needs_plugin("http")
Served = tuple[Site, Client]
BASE = "/api/v1/media"
NOBODY = f"{BASE}/{'0' * 26}"


@pytest.fixture
async def served(engine: Any) -> AsyncIterator[Served]:
    plugins = (*PLUGINS, FakeContent.manifest, FakeAccounts.manifest, "http")
    async with site(plugins=plugins, serving=True) as made, Client.of(made.app, "admin-token") as client:
        yield made, client


async def test_lists_are_asked_for_in_the_query(served: Served) -> None:
    library, client = served
    stored = await library.upload(PDF, "a.pdf", tags=("x y",))
    await library.upload(image(10, 10), "b.png")
    answer = await client.get(f"{BASE}?kind=document&tag=x%20y&folder=&sort=-size&count=exact&limit=1&q=A")
    assert (answer.status, answer.json()["total"], answer.json()["next"]) == (200, 1, None)
    assert [one["id"] for one in answer.json()["data"]] == [stored.id]
    page = (await client.get(f"{BASE}?limit=1")).json()
    assert [one["name"] for one in (await client.get(f"{BASE}?limit=1&cursor={page['next']}")).json()["data"]] == [
        "a.pdf"
    ]
    for bad in (
        "limit=101", "nothing=1", "sort=hash", "cursor=x", "folder=%00", "below=true", "since=yesterday", "kind=x",
        "private=1", "q=a&q=b", "unused=true&count=exact", f"cursor={page['next']}&limit=1&kind=image",
    ):  # fmt: skip
        assert (await client.get(f"{BASE}?{bad}")).status == 400, bad


async def test_one_is_changed_under_its_etag(served: Served) -> None:
    library, client = served
    stored = await library.upload(PDF, "a.pdf")
    path = f"{BASE}/{stored.id}"
    etag = (await client.get(path)).headers["ETag"]
    assert (await client.get(path, headers={"If-None-Match": etag})).status == 304
    changed = await client.patch(path, json={"alt": {"en": "A"}, "folder": ""}, headers={"If-Match": etag})
    assert (changed.status, changed.json()["alt"], changed.json()["folder"]) == (200, {"en": "A"}, None)
    late = await client.patch(path, json={"title": "B"}, headers={"If-Match": etag})
    assert late.status == 412
    assert (late.json()["revision"], late.json()["base"], late.json()["current"]["alt"]) == (2, 1, {"en": "A"})
    assert (await client.patch(path, json={"alt": {"en": None}})).json()["alt"] == {}
    for bad in ({"id": stored.id}, {"bytes": 1}, {"alt": {"en": 1}}, {"focal": "middle"}, {"private": "yes"}):
        assert (await client.patch(path, json=bad)).status == 422, bad
    assert (await client.get(NOBODY)).status == (await client.get(f"{BASE}/..%2fx")).status == 404


async def test_what_is_in_use_answers_who_uses_it(served: Served) -> None:
    library, client = served
    stored = await library.upload(PDF, "a.pdf")
    content: Any = library.app.plugins["pointing"]
    content.pointing = {stored.id: ["E1"]}
    refused = await client.delete(f"{BASE}/{stored.id}")
    assert (refused.status, refused.json()["code"], refused.json()["uses"][0]["entry"]) == (409, "in_use", "E1")
    assert (await client.get(f"{BASE}/{stored.id}/uses")).json()["data"][0]["field"] == "cover"
    assert (await client.post(f"{BASE}/remove", json={"ids": [stored.id]})).json()["data"][0]["code"] == "in_use"
    assert (await client.delete(f"{BASE}/{stored.id}?force=true")).status == 204
    assert (await client.delete(f"{BASE}/{stored.id}")).status == 404


@pytest.mark.needs_plugin("jobs")
async def test_folders_presets_and_chores_answer(served: Served) -> None:
    library, client = served
    stored = await library.upload(image(), "a.png")
    made = await client.post(f"{BASE}/folders", json={"name": "Trips"})
    folder = made.json()["id"]
    assert made.status == 201
    assert (await client.post(f"{BASE}/move", json={"ids": [stored.id], "folder": folder})).json()["done"] == 1
    assert (await client.get(f"{BASE}/folders")).json()[0]["files"] == 1
    assert (await client.patch(f"{BASE}/folders/{folder}", json={"name": "Oslo"})).json()["path"] == "/Oslo"
    assert (await client.delete(f"{BASE}/folders/{folder}")).status == 409
    assert (await client.post(f"{BASE}/tag", json={"ids": [stored.id], "add": ["x"]})).json()["done"] == 1
    assert (await client.get(f"{BASE}/tags?prefix=x")).json()["data"] == [{"tag": "x", "files": 1}]
    assert (await client.get(f"{BASE}/usage")).json()["files"] == 1
    assert (await client.put(f"{BASE}/presets/wide", json={"width": 2000})).json()["preset"]["width"] == 2000
    assert (await client.put(f"{BASE}/presets/WIDE", json={"width": 2000})).status == 404
    assert (await client.put(f"{BASE}/presets/wide", json={"width": 2})).status == 200
    assert len((await client.get(f"{BASE}/presets")).json()) == 3
    assert (await client.delete(f"{BASE}/presets/wide")).status == 200
    asked = await client.post(f"{BASE}/reprocess", json={"preset": "thumb", "missing": True})
    assert (asked.status, (await client.get(f"/api/v1/jobs/{asked.json()['job']}")).status) == (202, 200)
    assert (await client.post(f"{BASE}/check")).status == 202
    assert (await client.get(f"{BASE}/health")).json()["lost"] == 0
    assert (await client.post(f"{BASE}/cleanup")).json()["dry_run"] is True
    assert (await client.get(f"{BASE}/{stored.id}/similar")).json()["data"] == []
    signed = await client.post(f"{BASE}/{stored.id}/sign", json={"seconds": 60})
    assert "signature=" in signed.json()["url"]
    assert (await client.delete(f"{BASE}/folders/{folder}?recursive=true")).json()["job"]


async def test_strangers_and_readers_are_kept_out(served: Served) -> None:
    library, client = served
    stored = await library.upload(PDF, "secret plan.pdf", private=True)
    nobody, stranger = client.signed_in(None), client.signed_in("perm:things.read")
    reader = client.signed_in("perm:media.read")
    for path in ("", f"/{stored.id}", "/folders", "/tags", "/usage", "/presets", f"/{stored.id}/uses", "/health"):
        for who, status in ((nobody, 401), (stranger, 403)):
            answer = await who.get(f"{BASE}{path}")
            assert answer.status == status
            assert b"secret" not in answer.body
    assert (await reader.get(f"{BASE}/{stored.id}")).json()["name"] == "secret plan.pdf"
    for method, path in (
        ("PATCH", f"/{stored.id}"), ("DELETE", f"/{stored.id}"), ("POST", "/move"), ("POST", "/tag"),
        ("POST", "/remove"),
        ("POST", "/folders"), ("PUT", "/presets/x"), ("POST", "/reprocess"), ("POST", "/cleanup"),
        ("POST", f"/{stored.id}/sign"),
    ):  # fmt: skip
        assert (await reader.request(method, f"{BASE}{path}")).status == 403, path
