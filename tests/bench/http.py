"""What a request costs the server: CPU of its own process, best of several rounds, beside a bare aiohttp server.

The client is a process of its own that keeps eight connections busy over loopback.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import process_time

import uvloop
from aiohttp import web
from attrs import frozen

from newel import PUBLIC, Call, hookimpl, operation, operations_of
from newel.contracts.http import HttpAnswer, HttpRequest, HttpServer, Route
from newel.operations import Invocation, Operation
from newel.testing import FakeAccounts, make_app
from tests.bench.timing import row
from tests.kernel.plugins import plugin

REQUESTS = 4000
ROUNDS = 5
CLIENT = """
import asyncio, sys
host, port, path, count = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
ASK = f"GET {path} HTTP/1.1\\r\\nHost: x\\r\\nAccept: */*\\r\\n\\r\\n".encode()
async def one():
    reader, writer = await asyncio.open_connection(host, port)
    for _ in range(count // 8):
        writer.write(ASK)
        head = await reader.readuntil(b"\\r\\n\\r\\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\\r\\n")[0])
        await reader.readexactly(length)
    writer.close()
async def all():
    await asyncio.gather(*(one() for _ in range(8)))
asyncio.run(all())
"""


@frozen(kw_only=True)
class Order:
    name: str
    size: int = 1


class Hello:
    @hookimpl
    def register_operations(self) -> list[Operation]:
        return operations_of(self)

    @hookimpl
    def register_routes(self) -> list[Route]:
        return [Route(method="GET", path="/hello", handler=self.hello, needs=PUBLIC, summary="Greets")]

    @operation("hello.say", needs=PUBLIC, http="GET /hello/{name}")
    async def say(self, call: Call, order: Order) -> Order:
        """Greets."""
        return order

    async def hello(self, request: HttpRequest, call: Call) -> HttpAnswer:
        return HttpAnswer(headers={"Content-Type": "application/json"}, body=b'{"hello":"world"}')


class Watches:
    @hookimpl
    async def operation_before_run(self, invocation: Invocation) -> None:
        return None


@asynccontextmanager
async def _bare() -> AsyncIterator[str]:
    async def hello(request: web.Request) -> web.Response:
        return web.json_response({"name": "x", "size": 2})

    app = web.Application()
    app.router.add_get("/hello", hello)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@asynccontextmanager
async def _site(*kinds: type, access_log: bool = False) -> AsyncIterator[str]:
    plugins = [plugin(kind.__name__.lower(), kind) for kind in kinds]
    config = {"http": {"access_log": access_log}, "log": {"level": "info"}}
    async with make_app(["http", FakeAccounts.manifest, *plugins], config, serving=True) as app:
        yield app.need(HttpServer).url


async def _cost(url: str, path: str) -> float:
    """Microseconds of CPU that one request costs this process."""
    host, _, port = url.removeprefix("http://").partition(":")
    found = []
    for _ in range(ROUNDS):
        client = await asyncio.create_subprocess_exec(sys.executable, "-c", CLIENT, host, port, path, str(REQUESTS))
        begun = process_time()
        assert await client.wait() == 0
        found.append((process_time() - begun) / REQUESTS * 1e6)
    return min(found)


async def _measure() -> None:
    async with _bare() as url:
        bare = await _cost(url, "/hello")
    row("bare aiohttp, a JSON hello", bare)
    async with _site(Hello) as url:
        plain = [
            ("a route", await _cost(url, "/api/v1/hello")),
            ("an operation, no hook", await _cost(url, "/api/v1/hello/x?size=2")),
            ("a 404 problem", await _cost(url, "/api/v1/nowhere")),
            ("a 400 problem", await _cost(url, "/api/v1/hello/x?sise=2")),
            ("/livez", await _cost(url, "/livez")),
        ]
    async with _site(Hello, Watches) as url:
        plain.append(("an operation, one async hook", await _cost(url, "/api/v1/hello/x?size=2")))
    async with _site(Hello, access_log=True) as url:
        plain.append(("an operation, with the access log", await _cost(url, "/api/v1/hello/x?size=2")))
    for label, figure in plain:
        row(label, figure)
        row("  times the bare server", figure / bare, unit="")


def run() -> None:
    uvloop.run(_measure())
