"""Slow, flooding, pipelining and broken clients, and a stop while requests run. Raw sockets, no sleeping for luck."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from tests.builtin_plugins.http.conftest import Serve, Served
from tests.builtin_plugins.http.shop import Shop

from newel.contracts.http import HttpServer
from newel.testing import Client, FakeAccounts, make_app
from newel_http.server import Server

PLUGINS: list[Any] = ["http", FakeAccounts.manifest, Shop.manifest]


@asynccontextmanager
async def socket_to(url: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def sent(url: str, data: bytes) -> bytes:
    """Everything that the server answers to raw bytes, until it closes."""
    async with socket_to(url) as (reader, writer):
        writer.write(data)
        return await asyncio.wait_for(reader.read(), 10)


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def problem_of(answer: bytes) -> Any:
    return json.loads(answer.partition(b"\r\n\r\n")[2])


def request(line: str, *headers: str, body: bytes = b"") -> bytes:
    return "\r\n".join([line, "Host: x", *headers, "", ""]).encode("latin-1") + body


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"nonsense\r\n\r\n", 400, "malformed"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "malformed"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "malformed"),
        (request("GET /livez HTTP/1.1", "Bad Header: x"), 400, "malformed"),
        (request("GET /livez HTTP/1.1", "X-A: a\0b"), 400, "malformed"),
        (request("GET /" + "x" * 20_000 + " HTTP/1.1"), 414, "uri_too_long"),
        (request("GET /livez HTTP/1.1", "X-A: " + "x" * 20_000), 431, "header_fields_too_large"),
        (request("GET /livez HTTP/1.1", *(f"X-{n}: 1" for n in range(300))), 431, "header_fields_too_large"),
        (request("POST /api/v1/things/a/publish HTTP/1.1", "Content-Length: 1", "Content-Length: 2"), 400, "malformed"),
        (request("POST /api/v1/things/a/publish HTTP/1.1", "Content-Length: -1"), 400, "malformed"),
        (request("POST /api/v1/things/a/publish HTTP/1.1", "Content-Length: 3", "Transfer-Encoding: chunked"),
         400, "malformed"),
    ],
)  # fmt: skip
async def test_what_is_no_request(served: Served, data: bytes, status: int, code: str) -> None:
    answer = await sent(served.client.url, data)
    assert (status_of(answer), problem_of(answer)["code"]) == (status, code)
    assert b"nosniff" in answer
    assert (await served.client.get("/livez")).status == 200


async def test_a_flood_of_headers_is_not_read_to_its_end(served: Served) -> None:
    try:
        answer = await sent(served.client.url, request("GET /livez HTTP/1.1", *(f"X-{n}: 1" for n in range(100_000))))
        assert status_of(answer) == 431
    except ConnectionResetError:
        pass  # closed with the most of it unread
    assert (await served.client.get("/livez")).status == 200


@pytest.mark.parametrize("target", ["http://x/livez", "*", "livez", "/livez#a", "/liv\xe9z"])
async def test_odd_targets(served: Served, target: str) -> None:
    answer = await sent(served.client.url, request(f"GET {target} HTTP/1.1", "Connection: close"))
    assert status_of(answer) in (400, 404)
    assert problem_of(answer)["status"] == status_of(answer)


async def test_broken_chunks(served: Served) -> None:
    head = request(
        "POST /api/v1/things/a/publish HTTP/1.1", "Content-Type: application/json", "Transfer-Encoding: chunked"
    )
    answer = await sent(served.client.url, head + b"zz\r\n{}\r\n0\r\n\r\n")
    assert status_of(answer) == 400
    assert b"Traceback" not in answer


async def test_pipelined_requests_are_answered_in_order(served: Served) -> None:
    lines = [request(f"GET /api/v1/things?limit={n} HTTP/1.1") for n in range(1, 41)]
    last = request("GET /livez HTTP/1.1", "Connection: close")
    answer = await sent(served.client.url, b"".join([*lines, last]))
    assert answer.count(b"HTTP/1.1 200") == 41
    places = [answer.index(f'"limit":{n},'.encode()) for n in range(1, 41)]
    assert places == sorted(places)


async def test_a_client_that_sends_nothing_is_closed(serve: Serve) -> None:
    served = await serve(header_seconds=0.1)
    assert await sent(served.client.url, b"") == b""


async def test_a_client_that_drips_headers_is_closed(serve: Serve) -> None:
    served = await serve(header_seconds=0.2)
    async with socket_to(served.client.url) as (reader, writer):
        writer.write(request("GET /livez HTTP/1.1"))
        assert b"200 OK" in await reader.readuntil(b"}")
        writer.write(b"GET /livez HTTP/1.1\r\n")
        closed = asyncio.create_task(reader.read())
        while not closed.done():
            writer.write(b"X-Slow: 1\r\n")
            await asyncio.wait({closed}, timeout=0.02)
        with suppress(ConnectionResetError):  # it closed while we were still dripping
            assert await closed == b""


async def test_a_body_that_does_not_arrive_is_408(serve: Serve) -> None:
    served = await serve(body_seconds=0.1)
    head = request("POST /api/v1/things/a/publish HTTP/1.1", "Content-Type: application/json", "Content-Length: 100")
    answer = await sent(served.client.url, head + b'{"a"')
    assert (status_of(answer), problem_of(answer)["code"]) == (408, "request_timeout")


async def test_an_idle_connection_is_closed(serve: Serve) -> None:
    served = await serve(idle_seconds=0.1)
    async with socket_to(served.client.url) as (reader, writer):
        writer.write(request("GET /livez HTTP/1.1"))
        assert (await asyncio.wait_for(reader.read(), 10)).endswith(b"}")


async def test_100_continue_only_for_who_may_send(served: Served) -> None:
    """A client that asks first is told to go on, or refused before it has sent anything."""
    expect = ("Content-Type: application/json", "Content-Length: 2", "Expect: 100-continue")
    async with socket_to(served.client.url) as (reader, writer):
        writer.write(request("POST /api/v1/things/a/publish HTTP/1.1", "Connection: close", *expect))
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"{}")
        assert status_of(await reader.read()) == 200
    async with socket_to(served.client.url) as (reader, writer):
        writer.write(request("POST /api/v1/things/new HTTP/1.1", *expect))
        assert status_of(await reader.readuntil(b"\r\n\r\n")) == 401


async def test_a_client_that_leaves_harms_nobody(served: Served) -> None:
    async with socket_to(served.client.url) as (_, writer):
        writer.write(request("GET /api/v1/wait HTTP/1.1"))
        await served.shop.entered.wait()
    served.shop.go_on.set()
    assert (await served.client.get("/livez")).status == 200
    assert "Traceback" not in served.log.getvalue()


async def test_a_stop_lets_running_requests_finish() -> None:
    """One waits in its handler, one is still sending its body; new connections are refused, readiness is red."""
    async with aiohttp.ClientSession() as session:
        async with make_app(PLUGINS, serving=True) as app:
            server, shop = app.need(HttpServer), app.plugins["shop"]
            assert isinstance(server, Server)
            assert isinstance(shop, Shop)
            url = server.url
            client = Client(session, url)
            waiting = asyncio.create_task(client.get("/api/v1/wait"))
            await shop.entered.wait()
            shop.entered.clear()
            go_on = asyncio.Event()

            async def body() -> AsyncIterator[bytes]:
                yield b"x" * 10
                await go_on.wait()
                yield b"y" * 10

            sending = asyncio.create_task(client.signed_in("perm:x").put("/api/v1/files/a", body=body()))
            await shop.entered.wait()
            stack = socket_to(url)
            reader, writer = await stack.__aenter__()
            writer.write(request("GET /readyz HTTP/1.1"))
            assert status_of(await reader.readuntil(b"}")) == 200

            async def during_the_stop() -> None:
                while not server.draining:  # noqa: ASYNC110 - nothing tells of it
                    await asyncio.sleep(0)
                with pytest.raises(ConnectionRefusedError):
                    await sent(url, b"")
                writer.write(request("GET /readyz HTTP/1.1"))
                answer = await reader.read()
                assert status_of(answer) == 503
                assert b"Connection: close" in answer
                go_on.set()
                shop.go_on.set()

            other = asyncio.create_task(during_the_stop())
        await other
        await stack.__aexit__(None, None, None)
        answers = await asyncio.gather(waiting, sending)
    assert [answer.status for answer in answers] == [200, 201]
    assert answers[1].body == b"20"
    assert all(answer.headers["Connection"] == "close" for answer in answers)


async def test_a_stop_does_not_wait_for_ever() -> None:
    async with AsyncExitStack() as stack:
        async with make_app(PLUGINS, {"http": {"drain_seconds": 0.1}}, serving=True) as app:
            shop = app.plugins["shop"]
            assert isinstance(shop, Shop)
            reader, writer = await stack.enter_async_context(socket_to(app.need(HttpServer).url))
            writer.write(request("GET /api/v1/wait HTTP/1.1"))
            await shop.entered.wait()
        assert await reader.read() == b""
