"""The options of a signed transform: ``w=400,h=300,fit=cover,q=80,focal=0.5x0.2,bg=ffffff``."""

from __future__ import annotations

import re
from typing import get_args

from newel import Reject
from newel.contracts.images import Fit, Focal, Format, Rendition

LONGEST_SIDE = 8192
MOST_PIXELS = 50_000_000
WRITTEN = re.compile(r"[a-z0-9=,.]{1,120}", re.ASCII)
"""How options look at all; what they are is only asked of those whose signature is right."""
_SHAPES = {
    "w": r"[1-9][0-9]{0,3}", "h": r"[1-9][0-9]{0,3}", "fit": "|".join(get_args(Fit)), "q": r"[1-9][0-9]?|100",
    "focal": r"(0|1|0\.[0-9]{1,4})x(0|1|0\.[0-9]{1,4})", "bg": r"[0-9a-f]{6}",
}  # fmt: skip
_SHAPE = {name: re.compile(shape, re.ASCII) for name, shape in _SHAPES.items()}


def written(one: Rendition, *, focal: bool) -> str:
    """The options of a rendition, in the one order and spelling that they have. ``focal``: whether the point is said,
    or that of the asset counts."""
    parts = {
        "w": one.width, "h": one.height, "fit": None if one.fit == "inside" else one.fit, "q": one.quality,
        "focal": f"{_number(one.focal.x)}x{_number(one.focal.y)}" if focal else None,
        "bg": None if one.background == "#ffffff" else one.background[1:].lower(),
    }  # fmt: skip
    return ",".join(f"{name}={value}" for name, value in parts.items() if value is not None)


def read(options: str, format: Format, focal: Focal) -> Rendition:
    """The rendition that options ask for. Raises ``Reject``: an address may be signed by somebody else's program."""
    given: dict[str, str] = {}
    for part in options.split(","):
        name, _, value = part.partition("=")
        if name not in _SHAPE or name in given or not _SHAPE[name].fullmatch(value):
            raise Reject(f"'{part}' is no option of a transform", code="bad_options")
        given[name] = value
    if "focal" in given:
        x, _, y = given["focal"].partition("x")
        focal = Focal(x=float(x), y=float(y))
    fits: dict[str, Fit] = {name: name for name in get_args(Fit)}
    made = Rendition(
        width=_int(given.get("w")), height=_int(given.get("h")), fit=fits[given.get("fit", "inside")], format=format,
        quality=_int(given.get("q")), focal=focal, background=f"#{given.get('bg', 'ffffff')}",
    )  # fmt: skip
    check(made)
    return made


def check(one: Rendition) -> None:
    """Whether it may be made: nothing is enlarged, so one side is as good as two. Raises ``Reject``."""
    sides = [side for side in (one.width, one.height) if side is not None]
    if not sides:
        raise Reject("a transform needs a width or a height", code="bad_options")
    if max(sides) > LONGEST_SIDE:
        raise Reject(f"a side may have {LONGEST_SIDE:,} pixels at most", code="bad_options")
    if len(sides) == 2 and sides[0] * sides[1] > MOST_PIXELS:
        raise Reject(f"a transform may have {MOST_PIXELS:,} pixels at most", code="bad_options")


def _int(text: str | None) -> int | None:
    return None if text is None else int(text)


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")
