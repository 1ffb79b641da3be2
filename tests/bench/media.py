"""What serving a rendition of 30 kB costs, beside aiohttp's own answer with a file.

CPU of the server's process for each request, best of several rounds; a request reads one row and one file.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvloop
from aiohttp import web

from newel import Manifest
from newel.contracts.http import HttpServer
from newel.contracts.images import Images
from newel.testing import FakeAccounts, make_app
from tests.bench.http import _cost as cost_of
from tests.bench.timing import row
from tests.builtin_plugins.media.served import first
from tests.builtin_plugins.media.site import FakeImages, Site, image

BYTES = 30_000


class Pictures(FakeImages):
    """Makes renditions of 30 kB."""

    manifest = Manifest(name="images", summary="Of a bench.", load=f"{__name__}:Pictures", provides=(Images,))
    sizes = dict.fromkeys(FakeImages.sizes, BYTES - 320)


@asynccontextmanager
async def _bare(folder: Path) -> AsyncIterator[str]:
    file = folder / "file.avif"
    file.write_bytes(os.urandom(BYTES))

    async def serve(request: web.Request) -> web.FileResponse:
        return web.FileResponse(file)

    app = web.Application()
    app.router.add_get("/file.avif", serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def _measure(folder: Path) -> None:
    async with _bare(folder) as url:
        bare = await cost_of(url, "/file.avif")
    row("bare aiohttp, a file of 30 kB", bare)
    plugins = [
        "database", "migrations", "jobs", "audit", "blobs_local", Pictures.manifest, "media", "http",
        FakeAccounts.manifest,
    ]  # fmt: skip
    config = {"http": {"access_log": False}, "database": {"url": f"sqlite:///{folder}/site.db"}}
    async with make_app(plugins, config, serving=True, folder=folder) as app:
        site = Site(app)
        stored = await site.upload(image(320, 320), "cat.png")
        await site.settle()
        shown = (await site.media.reader.shown([stored.id]))[stored.id]
        url = app.need(HttpServer).url
        for name, path in (("a rendition", first(dict(shown))), ("an original of 100 bytes", shown["url"])):
            cost = await cost_of(url, path)
            row(name, cost)
            row("  times the bare server", cost / bare, unit="")


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(_measure(Path(folder)))
