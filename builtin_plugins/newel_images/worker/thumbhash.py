"""ThumbHash (https://evanw.github.io/thumbhash, MIT), as its author's reference has it; the PyPI packages are unkept.

Luminance, two colour differences and alpha, each as the lowest terms of a cosine transform, in about 25 bytes.
"""

from __future__ import annotations

from math import cos, pi

from attrs import frozen
from PIL import Image

SIDE = 100
"""The longest side of what is hashed, in pixels."""


@frozen
class _Terms:
    dc: float
    ac: list[float]
    scale: float

    def nibbles(self) -> list[int]:
        return [_rounded(15 * one) for one in self.ac]


def thumbhash(image: Image.Image) -> bytes:
    """``image``: ``RGB`` or ``RGBA``, no side over 100 pixels."""
    width, height = image.size
    rgba = image.convert("RGBA").tobytes()
    pixels = width * height
    alphas = [rgba[at] / 255 for at in range(3, 4 * pixels, 4)]
    weight = sum(alphas)
    average = [
        sum(alpha * rgba[4 * at + channel] / 255 for at, alpha in enumerate(alphas)) / weight if weight else 0.0
        for channel in range(3)
    ]
    clear = weight < pixels
    limit = 5 if clear else 7
    longest = max(width, height)
    across, down = max(1, _rounded(limit * width / longest)), max(1, _rounded(limit * height / longest))

    light, yellow, red = [], [], []
    for at, alpha in enumerate(alphas):
        r, g, b = (average[one] * (1 - alpha) + alpha / 255 * rgba[4 * at + one] for one in range(3))
        light.append((r + g + b) / 3)
        yellow.append((r + g) / 2 - b)
        red.append(r - g)

    lights = _terms(light, width, height, max(3, across), max(3, down))
    yellows, reds = _terms(yellow, width, height, 3, 3), _terms(red, width, height, 3, 3)
    wide = width > height
    head = (
        _rounded(63 * lights.dc)
        | _rounded(31.5 + 31.5 * yellows.dc) << 6
        | _rounded(31.5 + 31.5 * reds.dc) << 12
        | _rounded(31 * lights.scale) << 18
        | clear << 23
    )
    tail = (down if wide else across) | _rounded(63 * yellows.scale) << 3 | _rounded(63 * reds.scale) << 9 | wide << 15
    made = bytearray(head.to_bytes(3, "little") + tail.to_bytes(2, "little"))
    nibbles = [*lights.nibbles(), *yellows.nibbles(), *reds.nibbles()]
    if clear:
        opacity = _terms(alphas, width, height, 5, 5)
        made.append(_rounded(15 * opacity.dc) | _rounded(15 * opacity.scale) << 4)
        nibbles += opacity.nibbles()
    nibbles += [0] * (len(nibbles) % 2)
    made += bytes(low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True))
    return bytes(made)


def _rounded(value: float) -> int:
    return int(value + 0.5)  # Python's own rounds halves to even


def _terms(channel: list[float], width: int, height: int, across: int, down: int) -> _Terms:
    waves_x = [[cos(pi / width * x * (at + 0.5)) for at in range(width)] for x in range(across)]
    waves_y = [[cos(pi / height * y * (at + 0.5)) for at in range(height)] for y in range(down)]
    rows = [channel[at * width : (at + 1) * width] for at in range(height)]
    # First along the rows, then down what that made: the sum over all pixels in a fraction of the steps.
    along = [[sum(map(float.__mul__, row, wave)) for row in rows] for wave in waves_x]
    dc, ac, scale = 0.0, [], 0.0
    for y in range(down):
        x = 0
        while x * down < across * (down - y):
            found = sum(map(float.__mul__, along[x], waves_y[y])) / (width * height)
            if x or y:
                ac.append(found)
                scale = max(scale, abs(found))
            else:
                dc = found
            x += 1
    if scale > 0:
        ac = [0.5 + 0.5 / scale * one for one in ac]
    return _Terms(dc, ac, scale)
