"""Opening the door: addresses that cannot be had, clashes, probes."""

from __future__ import annotations

import asyncio
import errno
import io
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from tests.builtin_plugins.http.conftest import Serve, Served
from tests.kernel.plugins import plugin
from tests.support import free_port

from newel import PUBLIC, Manifest, hookimpl
from newel.app import App
from newel.contracts.database import Database
from newel.contracts.http import HttpAnswer, HttpServer, Route
from newel.contracts.site import Finding, HealthCheck
from newel.errors import BootError
from newel.testing import Client, FakeAccounts, FakeClock, make_app
from newel_http.config import HttpConfig
from newel_http.server import refused


async def test_announced_with_the_real_port(served: Served) -> None:
    url = served.app.need(HttpServer).url
    assert ("site", url) in served.app.notices
    assert ("docs", f"{url}/api/docs") in served.app.notices
    assert not url.endswith(":0")


async def test_not_provided_once_it_is_closed() -> None:
    async with make_app(["http", FakeAccounts.manifest], serving=True) as app:
        server = app.need(HttpServer)
    assert app.find(HttpServer) is None
    with pytest.raises(RuntimeError):
        _ = server.url
    async with make_app(["http", FakeAccounts.manifest]) as app:
        assert app.find(HttpServer) is None


async def test_a_port_in_use(serve: Serve) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(BootError) as caught:
            await serve(port=other.getsockname()[1])
    assert "in use" in caught.value.detail
    assert "--set http.port=" in caught.value.detail
    assert "\n" not in caught.value.detail


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.1", "300.1.1.1", "x" * 300])
async def test_a_host_that_is_not_ours(serve: Serve, host: str) -> None:
    with pytest.raises(BootError) as caught:
        await serve(host=host)
    assert "127.0.0.1" in caught.value.detail
    assert "\n" not in caught.value.detail


def test_a_privileged_port() -> None:
    """Told from the error, since tests may run as root, who may open any."""
    told = refused(PermissionError(errno.EACCES, "Permission denied"), HttpConfig(port=80)).detail
    assert told.startswith("cannot listen on 127.0.0.1 port 80: this user may not.")
    assert "1024" in told


async def test_every_address_of_ipv6_and_ipv4(serve: Serve) -> None:
    served = await serve(host="0.0.0.0")  # noqa: S104 - for the length of this test
    assert served.client.url.startswith("http://127.0.0.1:")
    assert (await served.client.get("/livez")).status == 200


class Other:
    def __init__(self, app: App) -> None:
        self.app = app

    path = "/files/{name...}"

    @hookimpl
    def register_routes(self) -> Sequence[Route]:
        async def handler(request: Any, call: Any) -> HttpAnswer:
            return HttpAnswer()

        return [Route(method="GET", path=self.path, handler=handler, needs=PUBLIC, summary="x")]


class Crooked(Other):
    path = "/a{b}/c"


class Garbage(Other):
    @hookimpl
    def register_routes(self) -> Sequence[Route]:
        return ["a path"]  # type: ignore[list-item]  # what the test is about


async def test_two_plugins_with_one_path(serve: Serve) -> None:
    with pytest.raises(BootError, match=r"other and shop|shop and other"):
        await serve(plugin("other", Other))


async def test_a_path_that_is_none(serve: Serve) -> None:
    with pytest.raises(BootError, match="is no path"):
        await serve(plugin("crooked", Crooked))


class FakeDatabase:
    manifest = Manifest(name="base", summary="x", load=f"{__name__}:FakeDatabase", provides=(Database,))

    def __init__(self, app: App) -> None:
        self.app = app
        self.asked = 0
        self.away = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.app.provide(Database, self)  # type: ignore[arg-type]  # as much of it as the probe asks
        yield

    async def fetch_one(self, statement: str, values: Any = None) -> Any:
        self.asked += 1
        if self.away:
            raise OSError("the database is away")
        return {"1": 1}


async def test_probes(clock: FakeClock) -> None:
    plugins: list[Any] = ["http", FakeAccounts.manifest, FakeDatabase.manifest]
    log = io.StringIO()
    async with make_app(plugins, serving=True, clock=clock, log=log) as app, Client.of(app, "bad token") as client:
        base: Any = app.plugins["base"]
        for path in ("/livez", "/startupz", "/readyz", "/readyz"):
            answer = await client.get(path)
            assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
        assert answer.json() == {"status": "ready", "checks": {"database": "ok"}, "degraded": []}
        assert base.asked == 1
        base.away = True
        assert (await client.get("/readyz")).status == 200
        await clock.advance(1.1)
        away = await client.get("/readyz")
        assert (away.status, away.headers["Retry-After"], away.json()["code"]) == (503, "1", "not_ready")
        assert away.json()["checks"] == {"database": "away"}
        assert "the database is away" in log.getvalue()
        assert b"the database is away" not in away.body
        assert (await client.get("/livez")).status == 200
        assert (await client.get("/startupz")).status == 200
        assert (await client.request("HEAD", "/livez")).status == 200
        assert (await client.post("/livez")).status == 405


class Slow:
    """Takes as long to start as the test wants."""

    def __init__(self, app: App) -> None:
        self.app = app

    begun: asyncio.Event
    go_on: asyncio.Event

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.begun.set()
        await self.go_on.wait()
        yield


async def test_it_answers_while_the_site_starts() -> None:
    Slow.begun, Slow.go_on, up, done = (asyncio.Event() for _ in range(4))
    port = free_port()

    async def site() -> None:
        plugins = ["http", FakeAccounts.manifest, plugin("slow", Slow)]
        async with make_app(plugins, {"http": {"port": port}}, serving=True):
            up.set()
            await done.wait()

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks, aiohttp.ClientSession() as session:
        tasks.create_task(site())
        client = Client(session, f"http://127.0.0.1:{port}")
        await Slow.begun.wait()
        startup = await client.get("/startupz")
        assert (startup.status, startup.json()["detail"]) == (503, "the site is starting: slow")
        assert (await client.get("/livez")).status == 200
        for path in ("/readyz", "/api/v1/openapi.json", "/nowhere"):
            early = await client.get(path)
            assert (early.status, early.json()["code"], early.headers["Retry-After"]) == (503, "not_ready", "1")
        Slow.go_on.set()
        await up.wait()
        answers = [await client.get(path) for path in ("/startupz", "/readyz", "/api/v1/openapi.json", "/nowhere")]
        assert [answer.status for answer in answers] == [200, 200, 200, 404]
        done.set()


class Failing:
    def __init__(self, app: App) -> None:
        raise ValueError("broken")


async def test_failed_plugins_are_named() -> None:
    others = [plugin("broken", Failing)]
    async with (
        make_app(["http", FakeAccounts.manifest], others=others, serving=True) as app,
        Client.of(app) as client,
    ):
        answer = await client.get("/readyz")
        assert answer.status == 200
        assert answer.json()["status"] == "degraded"
        assert answer.json()["degraded"] == [{"plugin": "broken", "stage": "import"}]
        for token in ("perm:content.read", "no token"):
            assert (await client.signed_in(token).get("/readyz")).json() == answer.json()
        told = (await client.signed_in("admin-token").get("/readyz")).json()["degraded"]
    place = f"test_serving.py:{Failing.__init__.__code__.co_firstlineno + 1}"
    assert told == [
        {
            "plugin": "broken",
            "stage": "import",
            "cause": f"ValueError: broken ({place})",
            "remedy": "repair it (explicit), or run: newel plugins disable broken",
        }
    ]


async def test_a_strangers_route_that_cannot_be_takes_out_the_stranger_only() -> None:
    ours = ["http", FakeAccounts.manifest, plugin("files", Other)]
    others = [plugin("crooked", Crooked), plugin("same", type("Same", (Other,), {})), plugin("garbage", Garbage)]
    async with make_app(ours, others=others, serving=True) as app, Client.of(app) as client:
        assert (await client.get("/api/v1/files/a/b")).status == 200
        assert not {"crooked", "same", "garbage"} & set(app.plugins)
        assert {one.plugin: (one.stage, one.cause) for one in app.failures} == {
            "crooked": ("collect", "crooked: '/api/v1/a{b}/c' is no path: a {part} is a whole segment"),
            "garbage": ("collect", "register_routes answered 'a path', which is no route"),
            "same": ("collect", "files and same both answer GET /api/v1/files/{name...}: rename or disable one"),
        }


class Stores:
    """A store of files that can go away, and a check that nobody but people asks for."""

    away: Exception | None = None

    async def _look(self) -> Finding:
        if self.away is not None:
            raise self.away
        return Finding()

    async def _wrong(self) -> Finding:
        return Finding(state="failing")

    @hookimpl
    def register_health_checks(self) -> list[HealthCheck]:
        return [
            HealthCheck(name="stores.there", summary="The store", look=self._look, felt=True),
            HealthCheck(name="stores.dusted", summary="Dust", look=self._wrong),
        ]


async def test_what_visitors_feel_degrades_a_site_and_takes_no_node_out(clock: FakeClock) -> None:
    plugins: list[Any] = ["http", FakeAccounts.manifest, plugin("stores", Stores)]
    async with make_app(plugins, serving=True, clock=clock) as app, Client.of(app, "bad token") as client:
        assert (await client.get("/readyz")).json() == {
            "status": "ready",
            "checks": {"stores.there": "ok"},
            "degraded": [],
        }
        stores: Any = app.plugins["stores"]
        stores.away = OSError("/srv/secret/place is away")
        await clock.advance(1.1)
        answer = await client.get("/readyz")
        assert (answer.status, answer.json()["status"]) == (200, "degraded")
        assert answer.json()["checks"] == {"stores.there": "failing"}
        assert b"secret" not in answer.body
