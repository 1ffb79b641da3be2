"""What a file is."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

from newel_images.worker import looks
from newel_images.worker.place import tells_place
from newel_images.worker.reading import Bounds, frames, opened, seen_size
from newel_images.worker.rendering import thumbnail
from newel_images.worker.thumbhash import SIDE, thumbhash


def facts(path: Path, mime: str, bounds: Bounds) -> dict[str, Any]:
    """The fields of ``ImageFacts``, as plain data. All pixels of the first frame are decoded, so it is whole."""
    with opened(path, mime, bounds) as image:
        width, height = seen_size(image)
        count = frames(image, bounds)
        # Twice as large as the hash wants it, for what is looked at more closely.
        small = thumbnail(image, 2 * SIDE, (width, height))
    alpha = small.mode == "RGBA" and small.getchannel("A").getextrema()[0] != 255
    if not alpha:
        small = small.convert("RGB")
    focal = looks.salient(small)
    tiny = small.copy()
    tiny.thumbnail((SIDE, SIDE))
    return {
        "mime": mime,
        "width": width,
        "height": height,
        "frames": count,
        "alpha": alpha,
        "gps": tells_place(path, mime),
        "thumbhash": b64encode(thumbhash(tiny)).decode(),
        "color": looks.dominant(small),
        "phash": looks.perceptual(small),
        "salient": {"x": focal.x, "y": focal.y},
    }
