"""What resumable uploads (tus 1.0) ask of the door: methods and headers of their own, and long bodies."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from openapi_spec_validator import validate
from tests.builtin_plugins.http.conftest import Serve, Served
from tests.builtin_plugins.http.files import OFFSET, Files
from tests.builtin_plugins.http.test_connections import problem_of, request, socket_to, status_of

AT = "/api/v1/uploads/u1"
USER = "Authorization: Bearer perm:x"


@pytest.fixture
async def site(serve: Serve) -> Served:
    return await serve(Files.manifest, token="perm:x")


def files_of(site: Served) -> Files:
    found = site.app.plugins["files"]
    assert isinstance(found, Files)
    return found


def patch(offset: int, length: int, media: str = OFFSET) -> bytes:
    return request(
        f"PATCH {AT} HTTP/1.1", USER, f"Upload-Offset: {offset}", f"Content-Length: {length}", f"Content-Type: {media}"
    )


async def test_an_upload_in_two_pieces(site: Served) -> None:
    headers = {"Content-Type": OFFSET}
    for offset, piece in ((0, b"x" * 100_000), (100_000, b"y")):
        answer = await site.client.request("PATCH", AT, body=piece, headers=headers | {"Upload-Offset": str(offset)})
        assert (answer.status, answer.headers["Upload-Offset"]) == (204, str(offset + len(piece)))
        assert answer.headers["Tus-Resumable"] == "1.0.0"
    stale = await site.client.request("PATCH", AT, body=b"z", headers=headers | {"Upload-Offset": "5"})
    assert stale.status == 409
    head = await site.client.request("HEAD", AT)
    assert (head.status, head.headers["Upload-Offset"]) == (200, "100001")
    assert "no-store" in head.headers["Cache-Control"]
    assert (await site.client.request("DELETE", AT)).status == 204
    assert (await site.client.request("HEAD", AT)).headers["Upload-Offset"] == "0"


async def test_other_media_types_are_refused(site: Served) -> None:
    for media in ("application/json", "text/plain"):
        answer = await site.client.request(
            "PATCH", AT, body=b"x", headers={"Content-Type": media, "Upload-Offset": "0"}
        )
        assert (answer.status, answer.json()["code"]) == (415, "unsupported_media_type")
        assert OFFSET in answer.json()["detail"]
    assert files_of(site).kept == b""


async def test_options_are_the_routes_own(site: Served) -> None:
    answer = await site.client.signed_in(None).request("OPTIONS", AT)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["Allow"] == "DELETE, HEAD, OPTIONS, PATCH"
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Max-Size"] == "10000000"
    assert (await site.client.get(AT)).status == 405


async def test_the_method_cannot_be_overridden(site: Served) -> None:
    answer = await site.client.request("POST", AT, headers={"X-HTTP-Method-Override": "DELETE"})
    assert answer.status == 405


async def test_scripts_of_other_origins(serve: Serve) -> None:
    """The preflight is answered by the door, since it carries no credentials; it knows what the route takes."""
    site = await serve(Files.manifest, cors_origins=["https://a.example"], token="perm:x")
    origin = {"Origin": "https://a.example"}
    ask = origin | {"Access-Control-Request-Method": "PATCH"}
    preflight = await site.client.signed_in(None).request("OPTIONS", AT, headers=ask)
    taken = preflight.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"Authorization", "Upload-Offset", "Tus-Resumable"} <= set(taken)
    assert "Tus-Version" not in preflight.headers
    shown = (await site.client.request("HEAD", AT, headers=origin)).headers["Access-Control-Expose-Headers"]
    assert {"ETag", "Upload-Offset"} <= set(shown.split(", "))
    other = await site.client.request("OPTIONS", "/api/v1/things", headers=ask)
    assert "Upload-Offset" not in other.headers["Access-Control-Allow-Headers"]


async def test_a_client_that_leaves_in_the_middle(site: Served) -> None:
    """What arrived is there, and the route knows that there is no more to come."""
    files = files_of(site)
    async with socket_to(site.client.url) as (_, writer):
        writer.write(patch(0, 1000) + b"x" * 300)
        await asyncio.wait_for(files.arrived.wait(), 5)
    await asyncio.wait_for(files.ended.wait(), 5)
    assert (files.kept, files.cut) == (b"x" * 300, "body_cut")
    assert (await site.client.request("HEAD", AT)).headers["Upload-Offset"] == "300"
    assert "Traceback" not in site.log.getvalue()


async def test_a_body_may_take_long_while_it_flows(serve: Serve) -> None:
    """Longer in all than the silence that is allowed: each piece earns its time."""
    site = await serve(Files.manifest, body_seconds=1, body_rate=1)
    files, loop = files_of(site), asyncio.get_running_loop()
    begun = loop.time()
    async with socket_to(site.client.url) as (reader, writer):
        writer.write(patch(0, 120))
        while len(files.kept) < 110:
            files.arrived.clear()
            writer.write(b"x" * 10)
            await asyncio.wait_for(files.arrived.wait(), 5)
            await asyncio.sleep(0.1)  # the flow itself, well below the silence that is allowed
        writer.write(b"x" * 10)
        assert status_of(await reader.readuntil(b"\r\n\r\n")) == 204
    assert loop.time() - begun > 1
    assert len(files.kept) == 120


async def test_a_body_that_falls_silent(serve: Serve) -> None:
    site = await serve(Files.manifest, body_seconds=0.1)
    async with socket_to(site.client.url) as (reader, writer):
        writer.write(patch(0, 1_000_000) + b"x" * 500_000)
        answer = await asyncio.wait_for(reader.read(), 10)
    assert (status_of(answer), problem_of(answer)["code"]) == (408, "request_timeout")
    assert files_of(site).cut == "request_timeout"
    assert len(files_of(site).kept) == 500_000


async def test_a_body_that_trickles(serve: Serve) -> None:
    """Each byte comes in time, yet they are too few: nobody holds a connection for days with a byte now and then."""
    site = await serve(Files.manifest, body_seconds=0.3, body_rate=1_000_000)
    async with socket_to(site.client.url) as (reader, writer):
        writer.write(patch(0, 1_000_000))
        over = asyncio.create_task(reader.read())
        while not over.done():
            writer.write(b"x")
            await asyncio.wait({over}, timeout=0.02)
        with suppress(ConnectionResetError):  # it closed while we were still dripping
            assert status_of(await over) == 408
    assert files_of(site).cut == "request_timeout"
    assert 1 < len(files_of(site).kept) < 100


async def test_routes_are_described(site: Served) -> None:
    document = (await site.client.get("/api/v1/openapi.json")).json()
    await asyncio.to_thread(validate, document)
    assert set(document["paths"][AT.replace("u1", "{id}")]) == {"head", "patch", "delete", "options"}
    assert set(document["paths"][AT.replace("u1", "{id}")]["patch"]["requestBody"]["content"]) == {OFFSET}
    assert document["paths"]["/media/{hash}/{file}"]["get"]["operationId"] == "files.get_root_media_hash_file"
