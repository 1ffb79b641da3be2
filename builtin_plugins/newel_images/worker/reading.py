"""Opening a file with the one decoder that it is meant for, and asking how large it is before any pixel is made."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from attrs import frozen
from PIL import Image, ImageFile

from newel_images.library import READS
from newel_images.worker.faults import Refused

with suppress(ImportError):  # the codec for AVIF, where the library has none of its own
    import pillow_avif  # noqa: F401 - it registers itself

ImageFile.LOAD_TRUNCATED_IMAGES = False
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@frozen
class Bounds:
    """What an image may be."""

    pixels: int
    side: int
    frames: int

    def check(self, width: int, height: int) -> None:
        if width < 1 or height < 1:
            raise Refused("the image has no pixels")
        if max(width, height) > self.side:
            raise Refused(f"the image is {width} x {height}; a side may have {self.side} pixels")
        if width * height > self.pixels:
            raise Refused(f"the image is {width} x {height}; it may have {self.pixels} pixels")


@contextmanager
def opened(path: Path, mime: str, bounds: Bounds) -> Iterator[Image.Image]:
    """The image, its size known and allowed, its pixels not decoded."""
    name = READS.get(mime)
    if name is None:
        raise Refused(f"{mime} is not read")
    Image.MAX_IMAGE_PIXELS = bounds.pixels
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    with path.open("rb") as file:
        if name == "WEBP":  # its decoder takes memory for the whole canvas when it is opened
            bounds.check(*_webp_size(file.read(30)))
            file.seek(0)
        with Image.open(file, formats=[name]) as image:
            bounds.check(*image.size)
            yield image


def frames(image: Image.Image, bounds: Bounds) -> int:
    """How many frames it has. Raises ``Refused`` for too many."""
    if image.format in ("JPEG", "MPO"):  # what lies behind the first image of a camera's file is no animation
        return 1
    found = int(getattr(image, "n_frames", 1))
    if found > bounds.frames:
        raise Refused(f"the image has {found} frames; it may have {bounds.frames}")
    return max(found, 1)


def orientation(image: Image.Image) -> Image.Transpose | None:
    """How it has to be turned to be seen as it was meant."""
    try:
        return _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - metadata of a stranger raises anything; without it the image is still one
        return None


def swaps(turn: Image.Transpose | None) -> bool:
    """Whether the turn makes the height of the width."""
    return turn in (
        Image.Transpose.TRANSPOSE,
        Image.Transpose.TRANSVERSE,
        Image.Transpose.ROTATE_90,
        Image.Transpose.ROTATE_270,
    )


def seen_size(image: Image.Image) -> tuple[int, int]:
    """Width and height as people see it."""
    width, height = image.size
    return (height, width) if swaps(orientation(image)) else (width, height)


def _webp_size(head: bytes) -> tuple[int, int]:
    kind = head[12:16]
    if len(head) == 30 and head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        if kind == b"VP8X":
            return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
        if kind == b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        if kind == b"VP8 ":
            return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF
    raise Refused("not a WebP image")
