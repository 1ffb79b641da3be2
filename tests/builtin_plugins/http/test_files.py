"""Files outside of the API: ranges, conditions, caching, and sources that fail or are left."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.builtin_plugins.http.conftest import Serve, Served
from tests.builtin_plugins.http.files import CONTENT, IMMUTABLE, Files
from tests.builtin_plugins.http.test_connections import request, sent, socket_to
from tests.kernel.plugins import plugin

from newel import PUBLIC, SIGNED_IN, hookimpl
from newel.app import App
from newel.contracts.http import HttpAnswer, Route
from newel.errors import BootError

SIZE = len(CONTENT)
AT = "/media/5f/a.txt"
DATE = "Fri, 02 Jan 2026 03:04:05 GMT"


@pytest.fixture
async def site(serve: Serve) -> Served:
    return await serve(Files.manifest)


@pytest.fixture
def files(site: Served) -> Files:
    found = site.app.plugins["files"]
    assert isinstance(found, Files)
    return found


async def test_a_file_at_the_root(site: Served, files: Files) -> None:
    answer = await site.client.get(AT)
    assert (answer.status, answer.body, files.opened) == (200, CONTENT, [(0, SIZE)])
    assert (answer.headers["Accept-Ranges"], answer.headers["Last-Modified"]) == ("bytes", DATE)
    assert "Content-Encoding" not in answer.headers
    assert (await site.client.get("/api/v1" + AT)).status == 404
    assert (await site.client.get("/media/5f/a/b")).status == 404
    assert (await site.client.get("/livez")).status == 200


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1), ("bytes=100-199", 100, 200), ("bytes=102300-", 102_300, SIZE),
        ("bytes=-1", SIZE - 1, SIZE),
        ("bytes=-999999999", 0, SIZE), ("bytes=5-99999999999999999999999999", 5, SIZE), ("BYTES = 1-2", 1, 3),
        (f"bytes={'0' * 30}7-8", 7, 9),
    ],
)  # fmt: skip
async def test_a_range(site: Served, files: Files, asked: str, start: int, end: int) -> None:
    """Only its bytes are read, and none of the door's work on whole answers touches them."""
    answer = await site.client.get(AT, headers={"Range": asked, "Accept-Encoding": "gzip"})
    assert (answer.status, answer.body, files.opened) == (206, CONTENT[start:end], [(start, end)])
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.headers["Content-Length"] == str(end - start)
    assert answer.headers["ETag"] == '"abc"'


@pytest.mark.parametrize(
    "asked",
    ["bytes=0-1,5-6", "lines=1-2", "bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "bytes 1-2", "", "bytes=1-2x"],
)
async def test_a_range_that_is_ignored(site: Served, asked: str) -> None:
    answer = await site.client.get(AT, headers={"Range": asked})
    assert (answer.status, answer.body) == (200, CONTENT)
    assert "Content-Range" not in answer.headers


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=-0", "bytes=99999999999999999999-"])
async def test_a_range_behind_the_end(site: Served, files: Files, asked: str) -> None:
    answer = await site.client.get(AT, headers={"Range": asked})
    assert (answer.status, answer.json()["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{SIZE}"
    assert not files.opened


async def test_an_empty_file(site: Served, files: Files) -> None:
    for headers in ({}, {"Range": "bytes=-5"}):
        answer = await site.client.get("/media/5f/empty", headers=headers)
        assert (answer.status, answer.body, answer.headers["Content-Length"]) == (200, b"", "0")
    assert (await site.client.get("/media/5f/empty", headers={"Range": "bytes=0-"})).status == 416


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ('"abc"', 206), ('W/"abc"', 200), ('"abd"', 200), (DATE, 206), ("Fri, 02 Jan 2026 03:04:06 GMT", 200),
        ("nonsense", 200), ("abc", 200), ("", 200),
    ],
)  # fmt: skip
async def test_if_range(site: Served, condition: str, status: int) -> None:
    answer = await site.client.get(AT, headers={"Range": "bytes=0-4", "If-Range": condition})
    assert answer.status == status
    assert answer.body == (CONTENT[:5] if status == 206 else CONTENT)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": '"abc"'}, 304), ({"If-None-Match": 'W/"abc"'}, 304), ({"If-None-Match": '"x", "abc"'}, 304),
        ({"If-None-Match": "*"}, 304), ({"If-None-Match": '"x"'}, 200), ({"If-Modified-Since": DATE}, 304),
        ({"If-Modified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"}, 200), ({"If-Modified-Since": "tomorrow"}, 200),
        ({"If-None-Match": '"x"', "If-Modified-Since": DATE}, 200),
        ({"If-None-Match": '"abc"', "Range": "bytes=0-4"}, 304), ({"If-Match": '"abc"'}, 200),
        ({"If-Match": 'W/"abc"'}, 412), ({"If-Match": '"x"'}, 412), ({"If-Match": "*"}, 200),
        ({"If-Unmodified-Since": DATE}, 200), ({"If-Unmodified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"}, 412),
    ],
)  # fmt: skip
async def test_conditions(site: Served, files: Files, headers: dict[str, str], status: int) -> None:
    answer = await site.client.get(AT, headers=headers)
    assert answer.status == status
    assert bool(files.opened) is (status == 200)
    if status == 304:
        assert answer.body == b""
        assert answer.headers["ETag"] == '"abc"'
        assert answer.headers["Cache-Control"] == IMMUTABLE


async def test_a_stream_that_the_client_has_is_not_begun(site: Served, files: Files) -> None:
    answer = await site.client.get("/media/odd", headers={"If-None-Match": '"odd"'})
    assert (answer.status, answer.body, files.opened) == (304, b"", [])
    assert (await site.client.get("/media/odd", headers={"If-None-Match": '"even"'})).body == b"odd"


async def test_head_has_the_length_and_opens_nothing(site: Served, files: Files) -> None:
    raw = await sent(site.client.url, request(f"HEAD {AT} HTTP/1.1", "Range: bytes=0-4", "Connection: close"))
    assert raw.startswith(b"HTTP/1.1 200 ")
    assert f"Content-Length: {SIZE}\r\n".encode() in raw
    assert raw.endswith(b"\r\n\r\n")
    assert not files.opened


async def test_headers_that_a_route_sets_stay(site: Served) -> None:
    """An address that is the hash of its content has one answer for everybody, so credentials change nothing."""
    for client in (site.client, site.client.signed_in("perm:x")):
        headers = (await client.get(AT)).headers
        assert headers["Content-Security-Policy"] == "sandbox"
        assert headers["Content-Disposition"] == "inline"
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert headers["Cache-Control"] == IMMUTABLE
        assert "Vary" not in headers
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert (await site.client.get("/media/odd")).headers["Vary"] == "Authorization"
    signed = await site.client.signed_in("perm:x").get("/media/odd")
    assert signed.headers["Cache-Control"] == "private, no-store"


async def test_a_file_that_cannot_be_opened_is_a_problem(site: Served) -> None:
    answer = await site.client.get("/media/5f/gone")
    assert (answer.status, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["short", "broken"])
async def test_a_file_that_breaks_off_ends_the_connection(site: Served, name: str) -> None:
    """Else the client would take the next answer for the rest of the file."""
    raw = await sent(site.client.url, request(f"GET /media/5f/{name} HTTP/1.1"))
    assert raw.startswith(b"HTTP/1.1 200 ")
    assert raw.partition(b"\r\n\r\n")[2] == CONTENT[:10_000]
    assert "an answer failed" in site.log.getvalue()


async def test_a_client_that_leaves_closes_the_source_at_once(site: Served, files: Files) -> None:
    """Even while the source waits for something that never comes."""
    async with socket_to(site.client.url) as (reader, writer):
        writer.write(request("GET /media/5f/endless HTTP/1.1"))
        await reader.readuntil(b"\r\n\r\n")
        assert not files.closed.is_set()
    await asyncio.wait_for(files.closed.wait(), 5)
    assert (await site.client.get("/livez")).status == 200
    assert "Traceback" not in site.log.getvalue()


async def test_a_client_that_takes_nothing_is_cut_off(serve: Serve) -> None:
    """It would hold the source for ever."""
    site = await serve(Files.manifest, idle_seconds=0.2)
    found: Any = site.app.plugins["files"]
    async with socket_to(site.client.url) as (_, writer):
        writer.write(request("GET /media/flood HTTP/1.1"))
        await asyncio.wait_for(found.closed.wait(), 10)
    assert "Traceback" not in site.log.getvalue()


async def test_a_client_that_takes_some_now_and_then_is_not(serve: Serve) -> None:
    site = await serve(Files.manifest, idle_seconds=1)
    loop, found = asyncio.get_running_loop(), site.app.plugins["files"]
    assert isinstance(found, Files)
    async with socket_to(site.client.url) as (reader, writer):
        writer.write(request("GET /media/flood HTTP/1.1"))
        begun = loop.time()
        while loop.time() < begun + 1.3:
            await reader.readexactly(1_000_000)
            await asyncio.sleep(0.1)  # the flow itself, well below what is allowed
        assert not found.closed.is_set()


class Shadow:
    path = "/{name}/x"
    needs = PUBLIC
    shared = False

    def __init__(self, app: App) -> None:
        self.app = app

    @hookimpl
    def register_routes(self) -> list[Route]:
        async def handler(asked: Any, call: Any) -> HttpAnswer:
            return HttpAnswer()

        return [
            Route(method="GET", path=self.path, handler=handler, needs=self.needs, summary="x", base="root",
                  shared=self.shared)
        ]  # fmt: skip


@pytest.mark.parametrize("path", ["/{name}/x", "/{rest...}", "/api/v1/x", "/api", "/livez", "/readyz/more", "/"])
async def test_no_route_shadows_what_is_the_doors(serve: Serve, path: str) -> None:
    with pytest.raises(BootError, match="name of its own"):
        await serve(plugin("shadow", type("There", (Shadow,), {"path": path})))


async def test_only_what_is_public_is_shared(serve: Serve) -> None:
    with pytest.raises(BootError, match="is shared, but needs signed_in"):
        await serve(plugin("shadow", type("There", (Shadow,), {"path": "/x", "needs": SIGNED_IN, "shared": True})))
