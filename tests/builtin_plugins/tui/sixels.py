"""Reads sixel images, as strictly as a terminal might."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    rb'"(\d+);(\d+);(\d+);(\d+)|#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)([\x3f-\x7e])|([\x3f-\x7e])|(\$)|(-)'
)


class Sixel:
    """``pixels``: the colour of each, 0 to 100 a channel, by column and row."""

    def __init__(self, data: bytes) -> None:
        begin, body = data.split(b"q", 1)
        assert re.fullmatch(rb"\x1bP[0-9;]*", begin)
        assert body.endswith(b"\x1b\\")
        body = body[:-2]
        self.colours: dict[int, tuple[int, int, int]] = {}
        self.pixels: dict[tuple[int, int], tuple[int, int, int]] = {}
        self.width = self.height = x = y = at = 0
        colour = -1
        while at < len(body):
            found = _TOKEN.match(body, at)
            assert found is not None, body[at : at + 20]
            at = found.end()
            if found[1]:
                self.width, self.height = int(found[3]), int(found[4])
            elif found[5]:
                colour = int(found[5])
                assert colour < 256
                if found[6]:
                    red, green, blue = int(found[6]), int(found[7]), int(found[8])
                    self.colours[colour] = (red, green, blue)
                    assert max(red, green, blue) <= 100
            elif found[12]:
                x = 0
            elif found[13]:
                x, y = 0, y + 6
            else:
                count, bits = (int(found[9]), found[10][0] - 63) if found[9] else (1, found[11][0] - 63)
                for column in range(x, x + count):
                    for row in range(6):
                        if bits >> row & 1:
                            self.pixels[column, y + row] = self.colours[colour]
                x += count
        assert all(column < self.width and row < self.height for column, row in self.pixels)
