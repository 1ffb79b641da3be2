"""Which formats can be made, found out by making them."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING

from newel.contracts.clock import Clock
from newel.contracts.images import Images, Rendition
from newel.contracts.site import Finding
from newel.errors import NewelError, Reject

if TYPE_CHECKING:
    from newel.contracts.images import Format

WANTED: tuple[Format, ...] = ("jpeg", "png", "gif", "webp", "avif")
PICTURE = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
"""A PNG of one pixel."""
KEEP_SECONDS = 600.0
"""How long it counts that all is well: a worker is started for it."""
AGAIN_SECONDS = 60.0


class Codecs:
    """A check."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: tuple[float, Finding] | None = None
        self.images: Images | None = None

    async def look(self) -> Finding:
        images = self.images
        if images is None:
            told = "no imaging library: images are kept as they are"
            return Finding(state="warning", detail=told, remedy="pip install 'newel[media]'")
        now = self._clock.monotonic()
        if self._known is None or now >= self._known[0]:
            finding = await self._tried(images)
            self._known = (now + (KEEP_SECONDS if finding.state == "ok" else AGAIN_SECONDS), finding)
        return self._known[1]

    async def _tried(self, images: Images) -> Finding:
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="newel-images-"))
        works, broken = [], []
        try:
            await asyncio.to_thread((folder / "one.png").write_bytes, PICTURE)
            for one in WANTED:
                try:
                    await images.render(folder / "one.png", "image/png", [Rendition(format=one)], folder)
                    works.append(one)
                except Reject:
                    broken.append(one)
        except NewelError as error:
            return Finding(state="warning", detail=error.detail, remedy="newel images check")
        finally:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))
        if not works:
            return Finding(state="failing", detail="no format can be made", remedy="newel images check")
        if broken:
            told = f"{', '.join(works)} can be made; {', '.join(broken)} cannot"
            remedy = "Install a Pillow that was built with them: newel images check"
            return Finding(state="warning", detail=told, remedy=remedy)
        return Finding(detail=f"{', '.join(works)} can be made")
