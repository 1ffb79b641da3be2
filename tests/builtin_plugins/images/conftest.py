"""Image work through the contract, with real worker processes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from attrs import frozen

from newel.app import App
from newel.contracts.images import ImageFacts, Images, Rendered, Rendition

MIMES = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif",
    "avif": "image/avif",
}  # fmt: skip


@frozen
class Work:
    """A running plugin, and a folder for what it makes."""

    app: App
    images: Images
    folder: Path

    def file(self, data: bytes, name: str) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    async def facts(self, data: bytes, kind: str) -> ImageFacts:
        return await self.images.facts(self.file(data, f"in.{kind}"), MIMES[kind])

    async def render(self, data: bytes, kind: str, *wanted: Rendition) -> list[Rendered]:
        return await self.images.render(self.file(data, f"in.{kind}"), MIMES[kind], wanted, self.folder)

    def workers(self) -> list[psutil.Process]:
        """The worker processes of this test that are alive."""
        found = []
        for one in psutil.Process().children():
            with suppress(psutil.NoSuchProcess):
                if one.status() != psutil.STATUS_ZOMBIE and "newel_images.worker" in one.cmdline():
                    found.append(one)
        return found


Begin = Callable[..., Awaitable[Work]]


@pytest.fixture
def begin(make_app: Any, tmp_path: Path) -> Begin:
    """Starts the plugin with settings."""

    async def started(clock: Any = None, **settings: Any) -> Work:
        app = await make_app(["images"], {"images": {"look_apart": False, **settings}}, clock=clock)
        return Work(app, app.providers.need(Images), tmp_path)

    return started


@pytest.fixture
async def work(begin: Begin) -> Work:
    return await begin(processes=1)
