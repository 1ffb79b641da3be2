"""A library of files on the engine of the test, with blobs in memory and images that are made up."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

from newel import Manifest
from newel.app import App
from newel.context import Actor, Call
from newel.contracts.blobs import Blobs
from newel.contracts.database import Database
from newel.contracts.images import BadImage, Focal, ImageFacts, Images, Pixels, Rendered, Rendition
from newel.contracts.jobs import Jobs
from newel.testing import FakeClock, actor, make_app
from newel.testing.fake_blobs import FakeBlobs
from newel_media.model import Given, Stored

HERE = "tests.builtin_plugins.media.site"
HEAD = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
ADMIN = actor("admin", everything=True)


def image(width: int = 1000, height: int = 500, **more: Any) -> bytes:
    """An image that ``FakeImages`` reads: the start of a PNG, and what it is in words."""
    return HEAD + json.dumps({"width": width, "height": height, **more}).encode()


class FakeImages:
    """Provides ``Images``: reads the words of ``image``, and writes a line for each rendition."""

    manifest: ClassVar[Manifest] = Manifest(
        name="images", summary="Of a test.", load=f"{HERE}:FakeImages", provides=(Images,)
    )
    formats = frozenset(("avif", "webp", "jpeg", "png", "gif"))
    reads = frozenset(("image/png", "image/jpeg"))
    posters: ClassVar[frozenset[str]] = frozenset()
    sizes: ClassVar[Mapping[str, int]] = {"avif": 100, "webp": 200, "jpeg": 300, "png": 400, "gif": 500}
    """Bytes of what is made, by format."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.rendered: list[list[Rendition]] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._app.provide(Images, self)
        yield

    async def facts(self, path: Path, mime: str) -> ImageFacts:
        words = await asyncio.to_thread(self._words, path)
        given = {name: words[name] for name in ("frames", "alpha", "gps", "phash") if name in words}
        return ImageFacts(
            mime=mime, width=words["width"], height=words["height"], thumbhash="dGh1bWI=", color="#102030",
            salient=Focal(**words.get("salient", {"x": 0.25, "y": 0.5})), **given,
        )  # fmt: skip

    def _words(self, path: Path) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(path.read_bytes()[len(HEAD) :])
        except ValueError:
            raise BadImage("the image is broken") from None
        return found

    async def render(self, path: Path, mime: str, wanted: Sequence[Rendition], folder: Path) -> list[Rendered]:
        made = await asyncio.to_thread(self._render, path, wanted, folder)
        self.rendered.append(list(wanted))
        return made

    def _render(self, path: Path, wanted: Sequence[Rendition], folder: Path) -> list[Rendered]:
        words = self._words(path)
        if words.get("bad"):
            raise BadImage("it cannot be decoded")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        made = []
        for number, one in enumerate(wanted):
            target = folder / f"{number}"
            size = self.sizes[one.format] + (one.width or 0)
            target.write_text(f"{digest} {one}".ljust(size)[:size])
            width = one.width or words["width"]
            height = one.height or round(words["height"] * width / words["width"])
            made.append(Rendered(path=target, mime=f"image/{one.format}", width=width, height=height, bytes=size))
        return made

    async def pixels(self, path: Path, mime: str, width: int, height: int) -> Pixels:
        """As large as asked for, all of one grey; brighter for a wider original."""
        words = await asyncio.to_thread(self._words, path)
        if words.get("bad"):
            raise BadImage("it cannot be decoded")
        return Pixels(width=width, height=height, data=bytes([words["width"] % 256]) * 3 * width * height)

    async def without_place(self, path: Path, mime: str, target: Path) -> bool:
        words = await asyncio.to_thread(self._words, path)
        if not words.pop("gps", False):
            return False
        await asyncio.to_thread(target.write_bytes, HEAD + json.dumps(words).encode())
        return True

    async def sanitised_svg(self, path: Path, target: Path) -> bool:
        text = await asyncio.to_thread(path.read_text)
        if "<svg" not in text:
            raise BadImage("this is no SVG")
        await asyncio.to_thread(target.write_text, text.replace("<script>alert(1)</script>", ""))
        return "<script>" in text

    async def poster(self, path: Path, mime: str, target: Path) -> Rendered | None:
        """A picture of 640 by 360; ``None`` for a film of silence, broken for one that says so."""
        data = await asyncio.to_thread(path.read_bytes)
        if b"broken" in data:
            raise BadImage("the film is broken")
        if b"silence" in data:
            return None
        size = await asyncio.to_thread(target.write_bytes, image(640, 360))
        return Rendered(path=target, mime="image/png", width=640, height=360, bytes=size)


PLUGINS: tuple[Manifest | str, ...] = (
    "database", "migrations", "jobs", "audit", FakeBlobs.manifest, FakeImages.manifest, "media",
)  # fmt: skip


class Site:
    """A running site, and short words for what tests do."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.media: Any = app.plugins["media"]
        self.images: Any = app.plugins.get("images")

    def call(self, who: Actor = ADMIN) -> Call:
        return self.app.call(who, "test")

    async def run(self, verb: str, who: Actor = ADMIN, /, **order: Any) -> Any:
        return await self.app.operations.run(verb, order, self.call(who))

    async def upload(self, data: bytes, name: str = "cat.png", who: Actor = ADMIN, /, **given: Any) -> Stored:
        stored: Stored = await self.media.pipeline.take(
            self.call(who), pieces(data), Given(name=name, **given), source="api"
        )
        return stored

    async def settle(self) -> None:
        """Does the jobs that are due."""
        await self.app.need(Jobs).settle()

    async def keys(self) -> list[str]:
        """What lies in the store."""
        return [blob.key async for blob in self.app.need(Blobs).list()]

    async def rows(self, table: str) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.app.need(Database).fetch_all(f"SELECT * FROM media_{table}")]


async def pieces(data: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for first in range(0, len(data), size):
        yield data[first : first + size]


@asynccontextmanager
async def site(
    *more: Manifest | str, config: Mapping[str, Any] | None = None, plugins: Sequence[Manifest | str] = PLUGINS,
    **details: Any,
) -> AsyncIterator[Site]:  # fmt: skip
    given = dict(config or {})
    if isinstance(details.get("clock"), FakeClock):  # jobs go by it too, whatever the engine
        given["jobs"] = {"clock": "process", **given.get("jobs", {})}
    async with make_app([*plugins, *more], given, **details) as app:
        yield Site(app)


__all__ = ["ADMIN", "PLUGINS", "FakeImages", "Site", "image", "pieces", "site"]
