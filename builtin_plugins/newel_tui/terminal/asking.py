"""How pictures can be shown at a terminal: what is set, and what it answers when it is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from secrets import randbelow
from typing import Literal, TypeAlias

Means: TypeAlias = Literal["kitty", "sixel", "blocks"]
CELL = (10, 20)
"""Pixels of a character where sixel is set and the terminal does not say: those of the first terminal that had it."""
LARGEST_CELL = 128
"""More is no answer."""
NOT_FOR = ("screen", "tmux", "linux")
"""Terminals that would show kitty's question, or take it for a title. Of sixel, tmux says that it has it whatever is
around it, and shows a frame with words in its place where that has not."""
_ATTRIBUTES = re.compile(rb"\x1b\[\?([0-9;]*)c")
_SIZE = re.compile(rb"\x1b\[(4|6);([0-9]{1,5});([0-9]{1,5})t")


@cache
def _quantises() -> bool:
    """Whether there is what finds the colours of a sixel image; media bring it."""
    return find_spec("PIL") is not None


class Asking:
    """Knows the means of one terminal. ``plain``: it shows no colours, so pictures are shades whatever it can."""

    def __init__(self, environment: Mapping[str, str], wanted: str, *, plain: bool) -> None:
        self._kitty = wanted == "kitty"
        self._sixel = wanted == "sixel"
        self._auto = wanted == "auto"
        alone = not environment.get("TERM", "").lower().startswith(NOT_FOR)
        self._blocks = wanted in ("blocks", "off") or plain or (self._auto and not alone)
        self._cell: tuple[int, int] | None = CELL if self._sixel else None
        self._exact = False
        self.id = 1 + randbelow(1 << 24)
        """Nobody else's number for a picture."""
        self.answered = False
        """Whether all is known that will be."""

    @property
    def means(self) -> Means:
        """The best that the terminal is known to have."""
        if self._blocks:
            return "blocks"
        if self._kitty:
            return "kitty"
        return "sixel" if self._sixel and self._cell is not None and _quantises() else "blocks"

    @property
    def cell(self) -> tuple[int, int]:
        """Pixels of a character, across and down."""
        return self._cell or CELL

    @property
    def pixels(self) -> tuple[int, int]:
        """What pictures have in a character."""
        return (1, 2) if self.means == "blocks" else self.cell

    @property
    def first(self) -> bytes:
        """What is asked with the first frame. The last question is one that every terminal answers."""
        if self._blocks:
            return b""
        kitty = b"\x1b_Gi=%d,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\" % self.id if self._auto else b""
        return kitty + b"\x1b[16t\x1b[14t\x1b[c"

    @property
    def resized(self) -> bytes:
        """What is asked when the size has changed: characters may be larger now."""
        return b"\x1b[16t\x1b[14t" if self.means == "sixel" else b""

    def hears(self, answer: bytes, size: tuple[int, int]) -> None:
        """An answer; ``size`` of the terminal in characters. What nobody asked for is nothing."""
        if self._blocks:
            return
        if found := _ATTRIBUTES.fullmatch(answer):
            self.answered = True
            self._sixel = self._sixel or b"4" in found[1].split(b";")
        elif found := _SIZE.fullmatch(answer):
            self._sized(found[1] == b"6", int(found[3]), int(found[2]), size)
        elif self._auto and answer == b"\x1b_Gi=%d;OK\x1b\\" % self.id:
            self._kitty = True

    def _sized(self, exact: bool, width: int, height: int, size: tuple[int, int]) -> None:
        if not exact:  # the whole of it, which may have a margin
            width, height = width // size[0], height // size[1]
        if (exact or not self._exact) and 0 < width <= LARGEST_CELL and 0 < height <= LARGEST_CELL:
            self._cell, self._exact = (width, height), exact
