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
    return kitty(picture)


def kitty(picture: Shown) -> Encoded:
    """Its own pixels: the terminal makes them as large as the place."""
    data = b64encode(zlib.compress(picture.pixels))
    return tuple(data[at : at + PIECE] for at in range(0, len(data), PIECE))
