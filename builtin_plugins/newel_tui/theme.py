"""The looks that widgets name, and what becomes of them with so many colours. Each differs without colour as well."""

from __future__ import annotations

import urwid

urwid.set_encoding(
    "utf-8"
)  # of canvases, for the whole process; what a terminal cannot show is replaced on its way out

LOOKS: dict[str, tuple[str, str, str]] = {
    # name: settings without colour, foreground, background
    "head": ("standout", "white,bold", "dark blue"),
    "hint": ("default", "dark gray", "default"),
    "hint.key": ("bold", "dark cyan,bold", "default"),
    "title": ("bold", "dark cyan,bold", "default"),
    "border": ("default", "dark gray", "default"),
    "border.focus": ("bold", "dark cyan,bold", "default"),
    "label": ("default", "dark cyan", "default"),
    "label.focus": ("bold", "dark cyan,bold", "default"),
    "value": ("default", "default", "default"),
    "field": ("underline", "default,underline", "default"),
    "field.focus": ("standout", "white", "dark blue"),
    "cursor": ("standout", "white", "dark blue"),
    "cursor.blur": ("underline", "default,underline", "default"),
    "mark": ("bold", "yellow,bold", "default"),
    "cursor.mark": ("standout,bold", "yellow,bold", "dark blue"),
    "header": ("underline", "default,underline", "default"),
    "dim": ("default", "dark gray", "default"),
    "faint": ("default", "dark gray", "default"),
    "bold": ("bold", "default,bold", "default"),
    "accent": ("bold", "dark cyan,bold", "default"),
    "match": ("underline", "dark cyan,underline", "default"),
    "good": ("default", "dark green", "default"),
    "warn": ("bold", "brown,bold", "default"),
    "bad": ("bold", "light red,bold", "default"),
    "added": ("default", "dark green", "default"),
    "removed": ("default", "dark red", "default"),
    "toast.info": ("standout", "white", "dark blue"),
    "toast.success": ("standout", "black", "dark green"),
    "toast.warning": ("standout", "black", "brown"),
    "toast.error": ("standout,bold", "white,bold", "dark red"),
}
"""In canvases a look is one of these names, or an ``urwid.AttrSpec`` where the colour is what is shown."""

COLOURS = {"none": 1, "16": 16, "256": 256, "true": 1 << 24}


class Sgr:
    """Looks as escape sequences, for one number of colours."""

    def __init__(self, colours: str) -> None:
        self._colours = COLOURS[colours]
        self._known: dict[object, str] = {None: "\x1b[0m"}

    def __getitem__(self, look: object) -> str:
        found = self._known.get(look)
        if found is None:
            if len(self._known) > 4096:  # a picture has as many colours as pixels
                self._known = {None: "\x1b[0m"}
            found = self._known[look] = self._made(look)
        return found

    def _made(self, look: object) -> str:
        if isinstance(look, urwid.AttrSpec):
            spec = look
        elif isinstance(look, str) and look in LOOKS:
            plain, front, back = LOOKS[look]
            spec = urwid.AttrSpec(plain, "default", 1) if self._colours == 1 else urwid.AttrSpec(front, back, 16)
        else:
            return self._known[None]
        parts = ["0"]
        parts += [
            code
            for on, code in (
                (spec.bold, "1"), (spec.faint, "2"), (spec.italics, "3"), (spec.underline, "4"), (spec.standout, "7")
            ) if on
        ]  # fmt: skip
        if self._colours > 1:
            fronts, backs = spec.get_rgb_values()[:3], spec.get_rgb_values()[3:]
            parts += self._colour(spec.foreground_basic, spec.foreground_number, fronts, 30)
            parts += self._colour(spec.background_basic, spec.background_number, backs, 40)
        return f"\x1b[{';'.join(parts)}m"

    def _colour(self, basic: bool, number: int, rgb: tuple[int | None, ...], base: int) -> list[str]:
        red, green, blue = rgb
        if basic:
            return [str(base + number if number < 8 else base + 52 + number)]
        if red is None or green is None or blue is None:
            return []
        if self._colours == COLOURS["true"]:
            return [f"{base + 8};2;{red};{green};{blue}"]
        if self._colours == COLOURS["256"]:
            return [f"{base + 8};5;{cube(red, green, blue)}"]
        return [str(base + (index if (index := nearest(red, green, blue)) < 8 else 52 + index))]


def cube(red: int, green: int, blue: int) -> int:
    """The nearest colour of the 256: of the cube of six, or of the greys."""
    level = [0 if one < 48 else 1 if one < 115 else (one - 35) // 40 for one in (red, green, blue)]
    steps = (0, 95, 135, 175, 215, 255)
    near = [steps[one] for one in level]
    grey = max(0, min(23, (red + green + blue - 24 + 15) // 30))
    shade = 8 + 10 * grey

    def far(r: int, g: int, b: int) -> int:
        return (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2

    if far(shade, shade, shade) < far(near[0], near[1], near[2]):
        return 232 + grey
    return 16 + 36 * level[0] + 6 * level[1] + level[2]


def nearest(red: int, green: int, blue: int) -> int:
    """The nearest of the 16, as most terminals show them."""
    return min(range(16), key=lambda i: sum((a - b) ** 2 for a, b in zip(_BASIC[i], (red, green, blue), strict=True)))


_BASIC = (
    (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229),
    (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255), (255, 0, 255), (0, 255, 255),
    (255, 255, 255),
)  # fmt: skip
