"""Servers on loopback, and a site that may call them."""

from __future__ import annotations

import asyncio
import io
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from attrs import Factory, define, frozen

from newel.app import App
from newel.contracts.egress import Egress, Outgoing
from newel.testing import make_app

HERE = "127.0.0.1"
PUBLIC = "93.184.216.34"
"""An address that is nobody's secret; the tests never connect to it."""


@frozen
class Got:
    """A request as it came over the wire."""

    line: str
    headers: Mapping[str, str]

    @property
    def path(self) -> str:
        return self.line.split(" ")[1]


Behave = Callable[[asyncio.StreamWriter, Got], Awaitable[None]]


@define
class Server:
    """One that says what a test wants, sound HTTP or not."""

    behave: Behave
    host: str = HERE
    port: int = 0
    got: list[Got] = Factory(list)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, *lines = head.split("\r\n")[:-2]
            request = Got(line, {key.lower(): value for key, _, value in (one.partition(": ") for one in lines)})
            self.got.append(request)
            await self.behave(writer, request)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client, or the test, has seen enough
        finally:
            writer.close()


@asynccontextmanager
async def served(
    behave: Behave, host: str = HERE, port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    made = Server(behave, host, port)
    open_ = await asyncio.start_server(made.answer, host, port, ssl=tls)
    made.port = open_.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        open_.close()
        await hush()


async def hush() -> None:
    """Ends what the servers are still saying."""
    if tasks := [one for one in asyncio.all_tasks() if "Server.answer" in repr(one.get_coro())]:
        for one in tasks:
            one.cancel()
        await asyncio.wait(tasks)


def text(body: bytes = b"", status: int = 200, length: int | None = None, **headers: str) -> bytes:
    """An answer, head and body."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def says(*pages: bytes, **paths: bytes) -> Behave:
    """Always the same, or by path without its slash."""

    async def behave(writer: asyncio.StreamWriter, got: Got) -> None:
        writer.write(paths.get(got.path[1:].partition("?")[0]) or b"".join(pages))

    return behave


@frozen
class World:
    """A running site. ``names`` is all of DNS that it has; others are at ``PUBLIC``."""

    app: App
    names: dict[str, Sequence[str]]
    asked: list[str]
    log: io.StringIO

    @property
    def egress(self) -> Egress:
        return self.app.need(Egress)

    async def fetch(self, url: str, **details: Any) -> tuple[int, bytes]:
        async with self.egress.send(Outgoing(url=url, **details)) as answer:
            return answer.status, await answer.read()


@asynccontextmanager
async def world(
    *servers: Server, names: Mapping[str, Sequence[str]] | None = None, allow: Sequence[str] = (), **config: Any
) -> AsyncIterator[World]:
    """A site that may call these servers, by their addresses and ports."""
    settings = {"allow": [*allow, *(one.host for one in servers)], "ports": [one.port for one in servers], **config}
    log = io.StringIO()
    async with make_app(["egress"], {"egress": settings}, log=log) as app:
        made = World(app, dict(names or {}), [], log)

        async def resolve(name: str, port: int) -> Sequence[str]:
            made.asked.append(name)
            return made.names.get(name, [PUBLIC])

        plugin: Any = app.plugins["egress"]
        plugin.resolve = resolve
        yield made
        await hush()
