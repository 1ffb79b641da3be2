"""A plugin that serves files at the root and takes resumable uploads, as a library of media does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from newel import PUBLIC, SIGNED_IN, Call, Conflict, Manifest, NotFound, hookimpl
from newel.app import App
from newel.contracts.http import BodyCut, Handler, HttpAnswer, HttpRequest, Method, Route
from newel.ranges import File, file_answer

CONTENT = bytes(range(256)) * 400
TUS = {"Tus-Resumable": "1.0.0"}
IMMUTABLE = "public, max-age=31536000, immutable"
OFFSET = "application/offset+octet-stream"


class Files:
    manifest = Manifest(name="files", summary="For tests.", load=f"{__name__}:Files")

    def __init__(self, app: App) -> None:
        self.app = app
        self.opened: list[tuple[int, int]] = []
        self.closed = asyncio.Event()
        self.endless = asyncio.Event()
        self.kept = b""
        self.cut: str | None = None
        self.arrived = asyncio.Event()
        self.ended = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        yield

    @hookimpl
    def register_routes(self) -> Sequence[Route]:
        def tus(method: Method, handler: Handler, max_body: int = 0) -> Route:
            needs = PUBLIC if method == "OPTIONS" else SIGNED_IN
            return Route(
                method=method, path="/uploads/{id}", handler=handler, needs=needs, summary="Resumable",
                max_body=max_body, takes=(OFFSET,) if max_body else (),
                cors_headers=("Tus-Resumable", "Upload-Offset"), exposes=("Upload-Offset", "Tus-Resumable"),
            )  # fmt: skip

        return [
            Route(method="GET", path="/media/{hash}/{file}", handler=self.file, needs=PUBLIC, summary="A file",
                  base="root", shared=True),
            Route(method="GET", path="/media/{hash}", handler=self.odd, needs=PUBLIC, summary="An odd stream",
                  base="root"),
            tus("HEAD", self.head), tus("PATCH", self.patch, 10_000_000), tus("DELETE", self.delete),
            tus("OPTIONS", self.options),
        ]  # fmt: skip

    async def file(self, request: HttpRequest, call: Call) -> HttpAnswer:
        """The file ``gone`` cannot be opened, ``short`` breaks its promise, ``broken`` fails in the middle."""
        name = request.params["file"]

        async def read(start: int, end: int) -> AsyncIterator[bytes]:
            self.opened.append((start, end))
            try:
                if name == "gone":
                    raise NotFound("the file is gone")
                for at in range(start, end, 10_000):
                    yield CONTENT[at : min(at + 10_000, end)]
                    if name == "short":
                        return
                    if name == "broken":
                        raise ConnectionError("the store is away")
                    if name == "endless":
                        await self.endless.wait()
            finally:
                self.closed.set()

        headers = {
            "Content-Type": "text/plain", "Content-Security-Policy": "sandbox", "Cache-Control": IMMUTABLE,
            "Content-Disposition": "inline", "Cross-Origin-Resource-Policy": "cross-origin",
        }  # fmt: skip
        size = 0 if name == "empty" else len(CONTENT)
        modified = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
        return file_answer(request, File(size=size, etag='"abc"', open=read, modified=modified, headers=headers))

    async def odd(self, request: HttpRequest, call: Call) -> HttpAnswer:
        """A stream of unknown length that has a tag; ``flood`` has no end."""

        async def read() -> AsyncIterator[bytes]:
            self.opened.append((0, 0))
            try:
                yield b"odd"
                while request.params["hash"] == "flood":
                    yield bytes(1_000_000)
            finally:
                self.closed.set()

        return HttpAnswer(headers={"ETag": '"odd"', "Cache-Control": "public, max-age=9"}, body=read())

    async def head(self, request: HttpRequest, call: Call) -> HttpAnswer:
        return HttpAnswer(headers=TUS | {"Upload-Offset": str(len(self.kept)), "Cache-Control": "no-store"})

    async def patch(self, request: HttpRequest, call: Call) -> HttpAnswer:
        if request.headers.get("upload-offset") != str(len(self.kept)):
            raise Conflict("the offset is another one")
        try:
            async for piece in request.body():
                self.kept += piece
                self.arrived.set()
        except BodyCut as error:
            self.cut = error.reason
            raise
        finally:
            self.ended.set()
        return HttpAnswer(status=204, headers=TUS | {"Upload-Offset": str(len(self.kept))})

    async def delete(self, request: HttpRequest, call: Call) -> HttpAnswer:
        self.kept = b""
        return HttpAnswer(status=204, headers=TUS)

    async def options(self, request: HttpRequest, call: Call) -> HttpAnswer:
        more = {"Tus-Version": "1.0.0", "Tus-Extension": "creation,termination", "Tus-Max-Size": "10000000"}
        return HttpAnswer(status=204, headers=TUS | more)
