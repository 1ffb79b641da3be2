"""Images in characters: two pixels in each, or shades where there is no colour. A terminal that can shows the picture
itself in their place."""

from __future__ import annotations

from typing import Literal, TypeAlias

import urwid

from newel.contracts.layout import Picture
from newel_tui.boxes.drawing import TRUE, Shown, Spans, Spot, wrapped
from newel_tui.config import TuiConfig

Style: TypeAlias = Literal["blocks", "shades", "off"]
SHADES = " .:-=+*#%@"
"""From dark to light."""


def style(config: TuiConfig) -> Style:
    """How pictures are drawn."""
    return "off" if config.pictures == "off" else "shades" if config.colours == "none" else "blocks"


def drawn(picture: Picture, width: int, height: int, pictures: Style) -> list[Spans]:
    """As large as it goes; a character is taken to be twice as high as it is wide."""
    if width < 1 or height < 1:
        return []
    if pictures == "off":
        return [[("faint", one)] for one in wrapped(picture.label or "a picture", width)]
    scale = min(width / picture.width, height * 2 / picture.height, 4)
    columns = max(1, min(width, round(picture.width * scale)))
    rows = max(1, min(height, round(picture.height * scale / 2)))
    mark = None
    if picture.mark is not None:
        mark = (min(columns - 1, int(picture.mark[0] * columns)), min(rows - 1, int(picture.mark[1] * rows)))
    pixels, lines = picture.pixels, []
    shown = Shown(pixels=pixels, width=picture.width, height=picture.height, columns=columns, rows=rows)
    for row in range(rows):
        line: Spans = []
        for column in range(columns):
            upper = _pixel(picture, column, 2 * row, columns, 2 * rows)
            lower = _pixel(picture, column, 2 * row + 1, columns, 2 * rows)
            marks = (column, row) == mark
            under, text = _mark(upper) if marks else _two(upper, lower, pictures)
            line.append((Spot(shown, row, under, marks), text))
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


def _two(
    upper: tuple[int, int, int], lower: tuple[int, int, int], pictures: Style
) -> tuple[urwid.AttrSpec | None, str]:
    if pictures == "shades":
        light = sum(_light(one) for one in (upper, lower)) / 2
        return None, SHADES[min(len(SHADES) - 1, int(light * len(SHADES)))]
    return urwid.AttrSpec(_hex(upper), _hex(lower), TRUE), "▀"


def _mark(under: tuple[int, int, int]) -> tuple[urwid.AttrSpec, str]:
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
