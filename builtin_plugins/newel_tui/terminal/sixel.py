"""Sixel images: six rows at a time, and of these one colour after the other."""

from __future__ import annotations

import re
from functools import reduce
from operator import or_

from PIL import Image

from newel_tui.boxes.drawing import Shown

COLOURS, FEWER = 256, 64
LARGE, LARGEST = 1 << 17, 1 << 19
"""Pixels from which there are fewer colours, and the most: work and bytes go by both."""
BAND = 6
_SAME = re.compile(rb"(.)\1*", re.DOTALL)
_PRINTED = bytes((one + 63) % 256 for one in range(256))


def sixel(picture: Shown, width: int, height: int) -> bytes | None:
    """The picture as a sixel image of that size, with colours of its own; ``None`` where it would be too large. Of a
    large one each pixel stands for two by two, or three by three."""
    times = next((n for n in (1, 2, 3) if width * height <= LARGEST * n * n and not (width % n or height % n)), 0)
    if not times:
        return None
    size = (width // times, height // times)
    image = Image.frombytes("RGB", (picture.width, picture.height), picture.pixels)
    colours = COLOURS if size[0] * size[1] < LARGE else FEWER
    made = image.resize(size, Image.Resampling.LANCZOS).quantize(colours, Image.Quantize.MEDIANCUT)
    palette, data = bytes(made.getpalette() or b""), made.tobytes()
    out = [b'\x1bP0;1;0q"1;1;%d;%d' % (width, height)]
    for number in range(len(palette) // 3):
        red, green, blue = (round(one * 100 / 255) for one in palette[3 * number : 3 * number + 3])
        out.append(b"#%d;2;%d;%d;%d" % (number, red, green, blue))
    band = BAND // times
    for top in range(0, size[1], band):
        rows = [data[at * size[0] : (at + 1) * size[0]] for at in range(top, min(size[1], top + band))]
        # Columns of six pixels are bytes, and a row of them one number: a colour's are put together in six steps.
        lines = [b"#%d%b" % (one, _line(rows, one, times)) for one in sorted(set(b"".join(rows)))]
        out.append(b"$".join(lines) + b"-")
    return b"".join([*out, b"\x1b\\"])


def _line(rows: list[bytes], colour: int, times: int) -> bytes:
    pixel = (1 << times) - 1
    seen = (int.from_bytes(row.translate(_only(colour, pixel << at * times))) for at, row in enumerate(rows))
    line = reduce(or_, seen).to_bytes(len(rows[0])).translate(_PRINTED).rstrip(b"?")
    return _SAME.sub(lambda found: _repeated(found[1], len(found[0]) * times), line)


def _repeated(one: bytes, count: int) -> bytes:
    return b"!%d%b" % (count, one) if count > 3 else one * count


def _only(colour: int, bit: int) -> bytes:
    return bytes(colour) + bytes((bit,)) + bytes(255 - colour)
