"""``Images``: orders to workers, and what comes back as the contract's classes."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from base64 import b64decode
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from attrs import Factory, asdict, frozen

from newel.contracts.images import Focal, ImageFacts, Pixels, Rendered, Rendition
from newel.errors import Reject
from newel_images.config import ImagesConfig
from newel_images.figures import Figures
from newel_images.library import Library
from newel_images.pool import Pool

_TOOLS = {
    "application/pdf": "pdftoppm",
    "video/mp4": "ffmpeg",
    "video/quicktime": "ffmpeg",
    "video/webm": "ffmpeg",
    "video/x-matroska": "ffmpeg",
}
"""What makes a poster, by MIME type."""
PIXELS = 384
"""A side of what is sent pixel by pixel."""
_SLOW = ("render", "poster")


def tools() -> dict[str, str]:
    """By MIME type: the path of the program that makes posters, where there is one."""
    return {mime: place for mime, name in _TOOLS.items() if (place := shutil.which(name)) is not None}


@frozen
class WorkedImages:
    """Provides ``Images``. All paths become absolute: workers live in another folder."""

    pool: Pool
    config: ImagesConfig
    library: Library
    tools: Mapping[str, str]
    looks: Pool | None = None
    """For quick work that somebody waits for, so that no upload stands behind the renditions of others."""
    figures: Figures = Factory(Figures)

    @property
    def waiting(self) -> int:
        """Work that waits for a worker."""
        return self.pool.waiting + (0 if self.looks is None else self.looks.waiting)

    @property
    def formats(self) -> frozenset[str]:
        return self.library.formats

    @property
    def reads(self) -> frozenset[str]:
        return self.library.reads

    @property
    def posters(self) -> frozenset[str]:
        return frozenset(self.tools)

    async def facts(self, path: Path, mime: str) -> ImageFacts:
        found = await self._job("facts", path, mime)
        return ImageFacts(**{**found, "salient": Focal(**found["salient"])})

    async def render(self, path: Path, mime: str, wanted: Sequence[Rendition], folder: Path) -> list[Rendered]:
        for at, one in enumerate(wanted):
            if one.format not in self.formats:
                raise Reject.field(f"/{at}/format", "unknown_format", f"{one.format} cannot be written here")
            if any(side is not None and not 1 <= side <= self.config.max_side for side in (one.width, one.height)):
                raise Reject.field(f"/{at}", "size", f"a side has 1 to {self.config.max_side} pixels")
            if one.quality is not None and not 1 <= one.quality <= 100:
                raise Reject.field(f"/{at}/quality", "quality", "the quality is 1 to 100")
        token = secrets.token_hex(8)
        places = [Path(_absolute(folder), f"{token}-{at}.{one.format}") for at, one in enumerate(wanted)]
        orders = [(asdict(one), str(place)) for one, place in zip(wanted, places, strict=True)]
        try:
            made = await self._job("render", path, mime, wanted=orders)
        except BaseException:
            await asyncio.shield(asyncio.to_thread(_removed, places))
            raise
        return [
            Rendered(path=place, mime=f"image/{one.format}", **size)
            for one, place, size in zip(wanted, places, made, strict=True)
        ]

    async def pixels(self, path: Path, mime: str, width: int, height: int) -> Pixels:
        if not (1 <= width <= PIXELS and 1 <= height <= PIXELS):
            raise Reject(f"a side has 1 to {PIXELS} pixels", code="size")
        made = await self._job("pixels", path, mime, width=width, height=height)
        return Pixels(width=made["width"], height=made["height"], data=b64decode(made["data"]))

    async def without_place(self, path: Path, mime: str, target: Path) -> bool:
        return bool(await self._to_target("without_place", path, mime, target))

    async def sanitised_svg(self, path: Path, target: Path) -> bool:
        return bool(await self._to_target("sanitised_svg", path, "image/svg+xml", target))

    async def poster(self, path: Path, mime: str, target: Path) -> Rendered | None:
        tool = self.tools.get(mime)
        if tool is None:
            return None
        place = target.with_suffix(".png")
        made = await self._to_target("poster", path, mime, place, tool=tool)
        return Rendered(path=place, mime="image/png", **made)

    async def _to_target(self, verb: str, path: Path, mime: str, target: Path, **order: Any) -> Any:
        """What the worker writes becomes the target when it is whole."""
        part = target.with_name(f"{secrets.token_hex(8)}{target.suffix}")
        try:
            made = await self._job(verb, path, mime, target=_absolute(part), **order)
            await asyncio.to_thread(_moved, part, target)
        except BaseException:
            await asyncio.shield(asyncio.to_thread(_removed, [part]))
            raise
        return made

    async def _job(self, verb: str, path: Path, mime: str, **order: Any) -> Any:
        config = self.config
        bounds = {"pixels": config.max_pixels, "side": config.max_side, "frames": config.max_frames}
        pool = self.pool if self.looks is None or verb in _SLOW else self.looks
        begun, refused = perf_counter(), True
        try:
            made = await pool.job(verb, path=_absolute(path), mime=mime, bounds=bounds, **order)
            refused = False
        finally:
            self.figures.took(verb, perf_counter() - begun, refused=refused)
        return made


def _removed(places: Sequence[Path]) -> None:
    for place in places:
        place.unlink(missing_ok=True)


def _moved(part: Path, target: Path) -> None:
    if part.exists():  # nothing is written where there was nothing to take out
        part.replace(target)


def _absolute(path: Path) -> str:
    return str(path.absolute())
