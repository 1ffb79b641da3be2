"""The HTTP door: what is translated, and what bad input is told."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Annotated, Any

import aiohttp
import pytest
from attrs import field, frozen
from tests.kernel.plugins import plugin

from newel import PUBLIC, Call, Conflict, Max, NotFound, Permission, hookimpl, operation, operations_of
from newel.app import App
from newel.contracts.http import HttpServer
from newel.operations import Operation
from newel.testing import Client, FakeAccounts, make_app

WRITE = Permission("boxes.write", "Write")


@frozen(kw_only=True)
class Query:
    box: str
    words: Annotated[tuple[str, ...], "Words."] = ()
    size: Annotated[int, "Size.", Max(9)] = 1
    filter: Annotated[dict[str, Any], "Conditions."] = field(factory=dict)


@frozen(kw_only=True)
class Put:
    box: str
    title: str
    stars: int = 0
    revision: int | None = None


@frozen
class Box:
    box: str
    title: str
    revision: int


class Boxes:
    def __init__(self, app: App) -> None:
        self.app = app
        self.entered = asyncio.Event()
        self.leave = asyncio.Event()

    @hookimpl
    def register_operations(self) -> list[Operation]:
        return operations_of(self)

    @operation("boxes.look", needs=PUBLIC, http="GET /boxes/{box}")
    async def look(self, call: Call, order: Query) -> dict[str, Any]:
        """Looks."""
        if order.box == "none":
            raise NotFound("no such box")
        return {"box": order.box, "words": order.words, "size": order.size, "filter": order.filter, "pad": "x" * 2000}

    @operation("boxes.put", needs=WRITE, http="PUT /boxes/{box}", effect="write", revision="revision")
    async def put(self, call: Call, order: Put) -> Box:
        """Puts."""
        if order.title == "taken":
            raise Conflict("there is one")
        if order.title == "crash":
            raise ZeroDivisionError("the secret is 42")
        return Box(order.box, order.title, (order.revision or 16) + 1)

    @operation("boxes.wait", needs=PUBLIC, http="POST /wait", effect="write", status=204)
    async def wait(self, call: Call) -> None:
        """Waits."""
        self.entered.set()
        await self.leave.wait()


def plugins() -> list[Any]:
    return [FakeAccounts.manifest, plugin("boxes", Boxes), "http"]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with make_app(plugins(), serving=True) as app, Client.of(app, "perm:boxes.write") as made:
        yield made


async def test_query_to_input(client: Client) -> None:
    answer = await client.get("/api/v1/boxes/b%20x?words=a,b&size=2&filter[p][_gte]=1&filter[q]=z")
    assert answer.status == 200
    told = answer.json()
    assert (told["box"], told["words"], told["size"]) == ("b x", ["a", "b"], 2)
    assert told["filter"] == {"p": {"_gte": "1"}, "q": "z"}
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("siez=1", "siez"), ("size=1&size=2", "size"), ("size=x", "size"), ("size=10", "size"),
        ("size[a]=1", "size[a]"), ("filter=1", "filter"), ("words=%00", "words"),
        ("filter[a][b][c][d][e][f][g][h][i]=1", "filter[a][b][c][d][e][f][g][h][i]"),
    ],
)  # fmt: skip
async def test_bad_queries_are_400_with_the_parameter(client: Client, query: str, parameter: str) -> None:
    answer = await client.get(f"/api/v1/boxes/b?{query}")
    assert answer.status == 400
    problem = answer.json()
    assert (problem["code"], problem["errors"][0]["parameter"]) == ("malformed", parameter)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400), (b"", 422), (b"[1]", 400), (b'"x"', 400), (b"\xff", 400), (b'{"title": "a", "title": "b"}', 400),
        (b"[" * 10_000 + b"]" * 10_000, 400), (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400),
        (b'{"title": "a", "stars": 123456789012345678901234567890}', 400), (b'{"title": "a", "stars": 1e999}', 400),
        (b'{"title": "a", "stars": NaN}', 400), (b'{"title": 1}', 422), (b'{"title": "a", "titel": 1}', 422),
        (b'{"title": "a", "stars": "1"}', 422), (b'{"title": "a", "box": "c"}', 422), (b"{}", 422),
        (b'{"title": "taken"}', 409),
    ],
)  # fmt: skip
async def test_bad_bodies(client: Client, body: bytes, status: int) -> None:
    answer = await client.put("/api/v1/boxes/b", body=body, headers={"Content-Type": "application/json"})
    assert answer.status == status, answer
    assert answer.json()["status"] == status
    assert b"Traceback" not in answer.body


async def test_other_media_types_sizes_methods_and_paths(client: Client) -> None:
    assert (await client.put("/api/v1/boxes/b", body=b"x", headers={"Content-Type": "text/plain"})).status == 415
    big: Any = io.BytesIO(b'{"title": "' + b"x" * 1_100_000 + b'"}')
    assert (await client.put("/api/v1/boxes/b", body=big, headers={"Content-Type": "application/json"})).status == 413

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(12):
            yield b"x" * 100_000

    assert (
        await client.put("/api/v1/boxes/b", body=pieces(), headers={"Content-Type": "application/json"})
    ).status == 413
    wrong = await client.delete("/api/v1/boxes/b")
    assert (wrong.status, wrong.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, PUT")
    for path in (
        "/api/v1/boxes/b/",
        "/api/v1//boxes/b",
        "/api/v1/boxes/%2e",
        "/api/v1/boxes/a%2fb",
        "/nope",
        "/API/v1/boxes/b",
    ):
        assert (await client.get(path)).status == 404, path


async def test_who_may(client: Client) -> None:
    put = {"title": "a"}
    assert (await client.put("/api/v1/boxes/b", json=put)).status == 200
    assert (await client.signed_in(None).put("/api/v1/boxes/b", json=put)).status == 401
    assert (await client.signed_in("perm:other").put("/api/v1/boxes/b", json=put)).status == 403
    bad = await client.signed_in("wrong").get("/api/v1/boxes/b")
    assert (bad.status, bad.headers["WWW-Authenticate"]) == (401, 'Bearer error="invalid_token"')


async def test_revisions_and_what_is_unchanged(client: Client) -> None:
    put = {"title": "a"}
    answer = await client.put("/api/v1/boxes/b", json=put, headers={"If-Match": '"r5"'})
    assert (answer.json()["revision"], answer.headers["ETag"]) == (6, '"r6"')
    assert (await client.put("/api/v1/boxes/b", json=put, headers={"If-Match": "nonsense"})).status == 400


async def test_a_crash_tells_nothing_but_its_request(client: Client) -> None:
    answer = await client.put("/api/v1/boxes/b", json={"title": "crash"}, headers={"X-Request-Id": "mine"})
    assert (answer.status, answer.json()["request_id"]) == (500, "mine")
    assert b"42" not in answer.body


async def test_openapi_is_valid_and_the_page_asks_nobody_else(client: Client) -> None:
    from openapi_spec_validator import validate

    answer = await client.signed_in(None).get("/api/v1/openapi.json")
    document = answer.json()
    await asyncio.to_thread(validate, document)
    assert document["paths"]["/api/v1/boxes/{box}"]["put"]["operationId"] == "boxes.put"
    assert document["paths"]["/api/v1/boxes/{box}"]["put"]["x-permission"] == "boxes.write"
    again = await client.signed_in(None).get("/api/v1/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    page = await client.signed_in(None).get("/api/docs")
    assert "connect-src 'self'" in page.headers["Content-Security-Policy"]
    assert b"http://" not in page.body
    assert b"https://" not in page.body


async def test_probes(client: Client) -> None:
    for path in ("/livez", "/readyz", "/startupz"):
        assert (await client.signed_in(None).get(path)).status == 200


async def test_a_stop_lets_running_requests_finish() -> None:
    async with aiohttp.ClientSession() as session:
        async with make_app(plugins(), serving=True) as app:
            boxes: Any = app.plugins["boxes"]
            running = asyncio.create_task(Client(session, app.need(HttpServer).url).post("/api/v1/wait"))
            await boxes.entered.wait()
            asyncio.get_running_loop().call_later(0.05, boxes.leave.set)
        assert (await running).status == 204
