"""Sixel images: six rows at a time, and of these one colour after the other."""

from __future__ import annotations

import re
from functools import reduce
from operator import or_

from PIL import Image

from newel_tui.boxes.drawing import Shown

COLOURS, FEWER = 256, 64
LARGE = 1 << 17
"""Pixels from which there are fewer colours: work and bytes go by both."""
BAND = 6
_SAME = re.compile(rb"(.)\1{3,254}", re.DOTALL)
_PRINTED = bytes((one + 63) % 256 for one in range(256))


def sixel(picture: Shown, width: int, height: int) -> bytes:
    """The picture as a sixel image of that size, with colours of its own."""
    image = Image.frombytes("RGB", (picture.width, picture.height), picture.pixels)
    colours = COLOURS if width * height < LARGE else FEWER
    made = image.resize((width, height), Image.Resampling.LANCZOS).quantize(colours, Image.Quantize.MEDIANCUT)
    palette, data = bytes(made.getpalette() or b""), made.tobytes()
    out = [b'\x1bP0;1;0q"1;1;%d;%d' % (width, height)]
    for number in range(len(palette) // 3):
        red, green, blue = (round(one * 100 / 255) for one in palette[3 * number : 3 * number + 3])
        out.append(b"#%d;2;%d;%d;%d" % (number, red, green, blue))
    for top in range(0, height, BAND):
        rows = [data[at * width : (at + 1) * width] for at in range(top, min(height, top + BAND))]
        # Columns of six pixels are bytes, and a row of them one number: a colour's are put together in six steps.
        lines = [b"#%d%b" % (one, _line(rows, one, width)) for one in sorted(set(b"".join(rows)))]
        out.append(b"$".join(lines) + b"-")
    return b"".join([*out, b"\x1b\\"])


def _line(rows: list[bytes], colour: int, width: int) -> bytes:
    bits = reduce(or_, (int.from_bytes(row.translate(_only(colour, 1 << at))) for at, row in enumerate(rows)))
    return _SAME.sub(_repeated, bits.to_bytes(width).translate(_PRINTED).rstrip(b"?"))


def _only(colour: int, bit: int) -> bytes:
    return bytes(colour) + bytes((bit,)) + bytes(255 - colour)


def _repeated(found: re.Match[bytes]) -> bytes:
    return b"!%d%b" % (len(found[0]), found[1])
