"""A library behind a real door, and clients that send files in all the ways there are."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen
from tests.builtin_plugins.media.site import Site, site

from newel import Manifest
from newel.testing import Client, FakeAccounts

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
EDITOR = "perm:media.read,media.write"
BOUNDARY = "----edge"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\nsomething"


@frozen
class Door:
    """``library`` inside, ``client`` outside; ``log`` must stay without a traceback."""

    library: Site
    client: Client
    log: io.StringIO

    async def send(self, *parts: bytes, **more: Any) -> Any:
        return await self.client.post("/api/v1/media", body=form(*parts), headers=FORM, **more)

    def spooled(self) -> list[str]:
        return [path.name for path in self.library.media.spool.folder.iterdir()]


@asynccontextmanager
async def door(
    *more: Manifest | str,
    media: Mapping[str, Any] | None = None,
    http: Mapping[str, Any] | None = None,
    jobs: Mapping[str, Any] | None = None,
    **details: Any,
) -> AsyncIterator[Door]:
    log = io.StringIO()
    config = {"media": media or {}, "http": http or {}, "jobs": jobs or {}}
    async with (
        site("http", FakeAccounts.manifest, *more, config=config, serving=True, log=log, **details) as library,
        Client.of(library.app, EDITOR) as client,
    ):
        yield Door(library, client, log)
        assert "Traceback" not in log.getvalue(), log.getvalue()


def field(name: str, value: Any) -> bytes:
    text = value if isinstance(value, str) else json.dumps(value)
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()


def file(data: bytes, name: str = "a.pdf", kind: str = "application/pdf", key: str = "file") -> bytes:
    head = f'Content-Disposition: form-data; name="{key}"; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'
    return head.encode() + data + b"\r\n"


def form(*parts: bytes, end: bytes = b"--") -> bytes:
    edge = f"--{BOUNDARY}".encode()
    return b"".join(edge + b"\r\n" + part for part in parts) + edge + end + b"\r\n"


@asynccontextmanager
async def sending(at: Door, line: str, length: int, *headers: str) -> AsyncIterator[Streams]:
    """A connection on which the head of an upload has been sent; the body is up to the test."""
    place = urlsplit(at.client.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        known = ("Host: x", f"Authorization: Bearer {EDITOR}", f"Content-Length: {length}")
        writer.write("\r\n".join([f"{line} HTTP/1.1", *known, *headers, "", ""]).encode())
        yield reader, writer
    finally:
        writer.close()


async def until(true: Callable[[], bool]) -> None:
    """Waits for what the server does beside us; fails after ten seconds."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - nobody could set an event: it is the server's own state
            await asyncio.sleep(0.002)
