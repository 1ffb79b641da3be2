"""Made pictures whose pixels are known."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress
from typing import Any

from PIL import Image, ImageDraw

with suppress(ImportError):  # the codec of a library that has none of its own
    import pillow_avif  # noqa: F401 - it registers itself

RED, GREEN, BLUE, WHITE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (255, 255, 0)


def quarters(width: int = 120, height: int = 80, mode: str = "RGB") -> Image.Image:
    """Red, green, blue and white, from the top left, row by row."""
    made = Image.new("RGB", (width, height), WHITE)
    made.paste(RED, (0, 0, width // 2, height // 2))
    made.paste(GREEN, (width // 2, 0, width, height // 2))
    made.paste(BLUE, (0, height // 2, width // 2, height))
    return made.convert(mode)


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def jpeg(image: Image.Image | None = None, **options: Any) -> bytes:
    return encoded(image or quarters(), "JPEG", **{"quality": 95, "subsampling": 0} | options)


def photo(width: int = 640, height: int = 480) -> Image.Image:
    """Smooth and noisy parts, as a camera would see them."""
    gradient = Image.merge(
        "RGB",
        (
            Image.linear_gradient("L").resize((width, height)),
            Image.radial_gradient("L").resize((width, height)),
            Image.linear_gradient("L").rotate(90).resize((width, height)),
        ),
    )
    draw = ImageDraw.Draw(gradient)
    things = ((2, 3, 3, "#d33"), (6, 1, 2, "#2a4"), (5, 6, 2, "#113"), (1, 7, 1, "#fe8"), (8, 4, 1, "#46c"))
    for x, y, size, colour in things:
        draw.ellipse((width * x / 10, height * y / 10, width * (x + size) / 10, height * (y + size) / 10), fill=colour)
    noise = Image.effect_noise((width, height), 40).convert("RGB")
    return Image.blend(gradient, noise, 0.2)


def near(one: Any, other: Any, by: int = 12) -> bool:
    return len(one) == len(other) and all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """The colours in the middle of each quarter, row by row."""
    made = image.convert("RGB")
    places = [(made.width * x // 4, made.height * y // 4) for y in (1, 3) for x in (1, 3)]
    return [made.getpixel(place) for place in places]  # type: ignore[misc]  # of RGB these are three numbers


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def png(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 2, data: bytes = b"") -> bytes:
    """A PNG by hand; ``chunks`` stand before the pixels."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [png_chunk(b"IHDR", head), *chunks, png_chunk(b"IDAT", zlib.compress(data)), png_chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
