"""Pictures as terminals take them."""

from __future__ import annotations

import zlib
from base64 import b64encode
from typing import TypeAlias

from newel_tui.boxes.drawing import Shown
from newel_tui.terminal.asking import Means

PIECE = 4096
"""Bytes that kitty takes at once."""
Encoded: TypeAlias = tuple[bytes, ...]


def encoded(picture: Shown, means: Means, cell: tuple[int, int]) -> Encoded | None:
    """The picture in pieces; ``None`` where it would be too large. ``cell``: pixels of a character."""
    if means == "kitty":
        return kitty(picture)
    from newel_tui.terminal.sixel import sixel  # what finds its colours is heavy, and not everywhere

    made = sixel(picture, picture.columns * cell[0], picture.rows * cell[1])
    return (made,) if made is not None else None


def kitty(picture: Shown) -> Encoded:
    """Its own pixels: the terminal makes them as large as the place."""
    data = b64encode(zlib.compress(picture.pixels))
    return tuple(data[at : at + PIECE] for at in range(0, len(data), PIECE))
