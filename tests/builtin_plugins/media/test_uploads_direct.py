"""Uploads that go straight to the store, and clients that say one thing and send another."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from tests.builtin_plugins.media.site import image
from tests.builtin_plugins.media.uploading import PDF, Door, door

from newel.contracts.blobs import Blobs
from newel.testing import FakeClock, actor

pytestmark = pytest.mark.needs_plugin("http")
AT = "/api/v1/media/uploads/direct"
ME = actor("tester", "media.read", "media.write")
PNG = image()


async def start(at: Door, **said: Any) -> Any:
    answer = await at.client.post(AT, json={"name": "a.png", "size": len(PNG), "mime": "image/png"} | said)
    assert answer.status == 201, answer
    return answer.json()


def put(at: Door, started: Any, data: bytes) -> int:
    store: Any = at.library.app.need(Blobs)
    status, _ = store.send(started["method"], started["url"], started["headers"], data)
    return int(status)


async def test_it_is_put_into_the_store_and_becomes_an_asset(at: Door) -> None:
    started = await start(at, sha256=hashlib.sha256(PNG).hexdigest(), alt={"en": "A cat"}, private=True)
    assert (started["protocol"], started["finish"]) == ("put", f"/api/v1/media/uploads/{started['id']}/finish")
    early = await at.client.post(started["finish"])
    assert (early.status, early.json()["code"]) == (409, "not_arrived")
    assert put(at, started, PNG) == 200
    for _ in range(2):
        answer = await at.client.post(started["finish"])
        assert answer.status == 200
    asset = answer.json()
    assert (asset["name"], asset["alt"], asset["private"], asset["width"]) == ("a.png", {"en": "A cat"}, True, 1000)
    [row] = await at.library.rows("assets")
    assert (row["source"], row["id"]) == ("direct", asset["id"])
    assert [key for key in await at.library.keys() if not key.startswith("renditions/")] == [row["blob"]]
    assert (await at.client.get(f"/api/v1/media/uploads/{started['id']}")).json()["asset"] == asset["id"]


LIES = {
    "another type": ({"mime": "image/png"}, PDF.ljust(len(PNG)), "type_mismatch"),
    "another hash": ({"sha256": "0" * 64}, PNG, "checksum_mismatch"),
    "a forbidden type": ({"mime": ""}, b"MZ\x90\0".ljust(len(PNG), b"\0"), "type_not_allowed"),
    "a broken image": ({}, PNG[:30].ljust(len(PNG)), "bad_image"),
}


async def test_who_lied_has_nothing_kept(at: Door) -> None:
    for case, (said, data, code) in LIES.items():
        started = await start(at, **said)
        assert put(at, started, data) == 200
        answer = await at.client.post(started["finish"])
        assert (answer.status, answer.json()["code"]) == (422, code), case
        assert await at.library.keys() == await at.library.rows("uploads") == await at.library.rows("assets") == []


async def test_another_size_is_found_out(at: Door) -> None:
    """By the store, and by us where a store does not look."""
    started = await start(at)
    assert put(at, started, PNG + b"x") == 403
    store: Any = at.library.app.need(Blobs)
    store.keep(f"incoming/{started['id'].lower()}/direct", PNG + b"x", "image/png")
    answer = await at.client.post(started["finish"])
    assert (answer.status, answer.json()["code"]) == (422, "size_mismatch")
    assert await at.library.keys() == []


CANNOT: list[tuple[dict[str, Any], int]] = [
    ({"size": 10**12}, 413), ({"size": 0}, 422), ({"size": -1}, 422), ({"name": ""}, 422), ({"mime": "x"}, 422),
    ({"sha256": "x"}, 422), ({"blob": "originals/x"}, 422), ({"key": "x"}, 422),
]  # fmt: skip


@pytest.mark.engines("sqlite")  # about bytes that never come to a database
async def test_what_cannot_come_is_refused_at_once(at: Door) -> None:
    for said, status in CANNOT:
        assert (await at.client.post(AT, json={"name": "a.png", "size": 5} | said)).status == status, said
    assert await at.library.rows("uploads") == []


async def test_nobody_else_finishes_it(at: Door) -> None:
    started = await start(at)
    put(at, started, PNG)
    assert (await at.client.signed_in("admin-token").post(started["finish"])).status == 404
    assert (await at.client.signed_in("perm:media.read").post(started["finish"])).status == 403


async def test_a_store_without_addresses_is_reached_through_the_site(at: Door) -> None:
    store: Any = at.library.app.need(Blobs)
    store.presigns = False
    started = await start(at, tags=["a"])
    assert (started["protocol"], started["method"], started["finish"]) == ("tus", "PATCH", None)
    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert (await at.client.patch(started["url"], body=PNG, headers=headers)).status == 204
    assert [row["tag"] for row in await at.library.rows("tags")] == ["a"]


@pytest.mark.needs_plugin("jobs")
async def test_what_is_never_finished_goes(engine: Any) -> None:
    clock = FakeClock()
    async with door(clock=clock, jobs={"clock": "process"}, media={"upload_hours": 1, "sweep_hours": 1}) as at:
        put(at, await start(at), PNG)
        late = await start(at)
        await clock.advance(3_700)
        await at.library.run("jobs.enqueue", kind="media.sweep")
        await at.library.settle()
        assert await at.library.rows("uploads") == await at.library.keys() == []
        store: Any = at.library.app.need(Blobs)
        store.keep(f"incoming/{late['id'].lower()}/direct", PNG, "image/png")  # came after its row had gone
        await clock.advance(3_700)
        await at.library.run("jobs.enqueue", kind="media.sweep")
        await at.library.settle()
        assert await at.library.keys() == []


@pytest.mark.needs_plugin("audit")
async def test_it_goes_through_every_door(at: Door) -> None:
    """As operations, without HTTP."""
    library = at.library
    started = await library.run("media.start_upload", ME, name="a.png", size=len(PNG))
    assert put(at, {"method": started.method, "url": started.url, "headers": started.headers}, PNG) == 200
    assert (await library.run("media.get_upload", ME, id=started.id)).state == "receiving"
    stored = await library.run("media.finish_upload", ME, id=started.id)
    assert (await library.run("media.get_upload", ME, id=started.id)).asset == stored.id
    operations = [row.operation for row in (await library.run("audit.list")).data]
    assert {"media.start_upload", "media.finish_upload", "media.store"} <= set(operations)
