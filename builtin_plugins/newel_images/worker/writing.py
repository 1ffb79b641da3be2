"""Encoding: the settings of each format, and nothing of the source's metadata."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import frozen
from PIL import Image

from newel.contracts.images import Format, Rendition
from newel_images.worker.faults import Refused

QUALITY: dict[str, int] = {"avif": 55, "webp": 80, "jpeg": 82}
"""Of formats that have one; about the same to the eye."""
ANIMATES = frozenset({"gif", "webp"})


@frozen
class Animation:
    """What belongs to the frames of an animation."""

    durations: tuple[int, ...]
    """Milliseconds, one a frame."""
    plays: int
    """How often it is shown; 0: for ever."""


def write(frames: Sequence[Image.Image], animation: Animation | None, wanted: Rendition, path: Path) -> None:
    """Writes frames, all of the final size, ``RGB`` or ``RGBA``; only the first without ``animation``."""
    options = _options(wanted.format, wanted.quality)
    if animation is not None and len(frames) > 1:
        options |= {
            "save_all": True,
            "append_images": frames[1:],
            "duration": list(animation.durations),
        }
        if wanted.format == "gif":
            options["disposal"] = 2
        # A GIF tells how often it is repeated, and nothing where it is not.
        if wanted.format != "gif":
            options["loop"] = animation.plays
        elif animation.plays != 1:
            options["loop"] = max(0, animation.plays - 1)
    try:
        # Given a file and not its name, so that only this one can be written.
        with path.open("xb") as file:
            bare(frames[0]).save(file, wanted.format.upper(), **options)
    except (OSError, RuntimeError, ValueError):  # encoders say in many ways that there is no more memory, or room
        width, height = frames[0].size
        raise Refused(f"{wanted.format} of {width} x {height} pixels cannot be made within the limits") from None


def bare(image: Image.Image) -> Image.Image:
    """Without what the encoders would take over from the source."""
    image.info = {}
    return image


def _options(name: Format, quality: int | None) -> dict[str, Any]:
    quality = QUALITY.get(name, 0) if quality is None else quality
    match name:
        case "avif":
            # One thread: the processes themselves keep the cores busy.
            return {"quality": quality, "speed": 8, "max_threads": 1}
        case "webp":
            return {"quality": quality, "method": 4}
        case "jpeg":
            return {"quality": quality, "progressive": True, "optimize": True}
        case "png":
            return {"optimize": True}
        case "gif":
            return {}
