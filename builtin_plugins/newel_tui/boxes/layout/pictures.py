"""Images in characters: two pixels in each, or shades where there is no colour."""

from __future__ import annotations

import urwid

from newel.contracts.layout import Picture
from newel_tui.boxes.drawing import TRUE, Attr, Spans

SHADES = " .:-=+*#%@"
"""From dark to light."""


def drawn(picture: Picture, width: int, height: int, *, colours: bool) -> list[Spans]:
    """As large as it goes; a character is taken to be twice as high as it is wide."""
    if width < 1 or height < 1:
        return []
    scale = min(width / picture.width, height * 2 / picture.height, 4)
    columns = max(1, min(width, round(picture.width * scale)))
    rows = max(1, min(height, round(picture.height * scale / 2)))
    mark = None
    if picture.mark is not None:
        mark = (min(columns - 1, int(picture.mark[0] * columns)), min(rows - 1, int(picture.mark[1] * rows)))
    lines = []
    for row in range(rows):
        line: Spans = []
        for column in range(columns):
            upper = _pixel(picture, column, 2 * row, columns, 2 * rows)
            lower = _pixel(picture, column, 2 * row + 1, columns, 2 * rows)
            line.append(_mark(upper) if (column, row) == mark else _two(upper, lower, colours))
        lines.append(_joined(line))
    return lines


def _pixel(picture: Picture, x: int, y: int, columns: int, rows: int) -> tuple[int, int, int]:
    """The mean of up to nine pixels of what a half character stands for."""
    left, top = x * picture.width / columns, y * picture.height / rows
    wide, high = picture.width / columns, picture.height / rows
    places = {
        (min(picture.width - 1, int(left + wide * i / 6)), min(picture.height - 1, int(top + high * j / 6)))
        for i in (1, 3, 5) for j in (1, 3, 5)
    }  # fmt: skip
    found = [picture.pixels[3 * (py * picture.width + px) :][:3] for px, py in places]
    red, green, blue = (sum(one[channel] for one in found) // len(found) for channel in range(3))
    return red, green, blue


def _two(upper: tuple[int, int, int], lower: tuple[int, int, int], colours: bool) -> tuple[Attr, str]:
    if not colours:
        light = sum(_light(one) for one in (upper, lower)) / 2
        return None, SHADES[min(len(SHADES) - 1, int(light * len(SHADES)))]
    return urwid.AttrSpec(_hex(upper), _hex(lower), TRUE), "▀"


def _mark(under: tuple[int, int, int]) -> tuple[Attr, str]:
    front = "#000000" if _light(under) > 0.5 else "#ffffff"
    return urwid.AttrSpec(f"{front},bold", _hex(under), TRUE), "+"


def _joined(line: Spans) -> Spans:
    made: Spans = []
    for attr, text in line:
        if made and made[-1][0] == attr:
            made[-1] = (attr, made[-1][1] + text)
        else:
            made.append((attr, text))
    return made


def _light(pixel: tuple[int, int, int]) -> float:
    return (0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]) / 255


def _hex(pixel: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*pixel)
