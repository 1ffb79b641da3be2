"""A terminal that shows pictures, as its script says, and a screen with a picture to look at in it."""

from __future__ import annotations

import asyncio
import re
import zlib
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from attrs import frozen
from tests.builtin_plugins.tui.boxes.rig import MadeUp
from tests.builtin_plugins.tui.sixels import Sixel
from tests.builtin_plugins.tui.support import APPLICATION, ATTRIBUTES, Line

from newel.contracts.tui import Event, Init, Key, Navigate
from newel.contracts.views import View
from newel.testing import FakeClock
from newel_tui.config import TuiConfig
from newel_tui.serving import serve

PIECES = re.compile(rb"(\x1b_G[^\x1b]*\x1b\\|\x1bP[^\x1b]*\x1b\\|\x1b\[2J)")
CELLS: list[tuple[int, int]] = []
"""Pixels of a character that screens were told of."""
HERE = "\ue000"
"""A cell of a sixel image: text that is written there takes its place."""


@frozen
class Placed:
    """A picture of kitty's: pixels, and the place in cells."""

    pixels: bytes
    size: tuple[int, int]
    column: int
    row: int
    columns: int
    rows: int


class Graphic(Line):
    """Answers what it can, and keeps what it is sent."""

    def __init__(
        self, width: int = 80, height: int = 24, *, can: str = "", cell: tuple[int, int] = (10, 20), **env: str
    ):
        super().__init__(width, height, **env)
        self.can = can
        self.cell = cell
        self.images: dict[int, tuple[bytes, tuple[int, int]]] = {}
        self.placed: dict[int, Placed] = {}
        self.sixels: list[Sixel] = []
        self.transmitted = 0
        self._loading: tuple[dict[str, str], bytes] | None = None

    def write(self, data: bytes) -> None:
        self.sent += data
        self.writes.append(data)
        for piece in PIECES.split(data):
            if piece.startswith(b"\x1b_G"):
                self._kitty(piece[3:-2])
            elif piece.startswith(b"\x1bP"):
                self._sixel(piece)
            else:
                if piece == b"\x1b[2J":  # as kitty does
                    self.placed.clear()
                    self.images.clear()
                self._stream.feed(APPLICATION.sub(b"", piece))
        if b"\x1b[16t" in data:
            self.type(b"\x1b[6;%d;%dt\x1b[4;%d;%dt" % (self.cell[1], self.cell[0], *self._pixels))
        if ATTRIBUTES in data:
            self.answer()

    @property
    def _pixels(self) -> tuple[int, int]:
        return self.size[1] * self.cell[1], self.size[0] * self.cell[0]

    def answer(self) -> None:
        self.type(b"\x1b[?62;4;22c" if self.can == "sixel" else b"\x1b[?62;22c")

    def _kitty(self, command: bytes) -> None:
        head, _, data = command.partition(b";")
        keys = dict(one.split("=") for one in head.decode().split(","))
        assert len(data) <= 4096
        if keys.get("a") == "q":
            if self.can == "kitty":
                self.type(b"\x1b_Gi=%d;OK\x1b\\" % int(keys["i"]))
            return
        assert self.can == "kitty", "nobody said that it can"
        if self._loading is not None:
            begun, before = self._loading
            self._load(begun | keys, before + data)
        elif keys["a"] == "T":
            self._load(keys, data)
        elif keys["a"] == "p":
            self._place(keys)
        else:
            assert (keys["a"], keys["d"]) == ("d", "I")
            self.images.pop(int(keys["i"]), None)
            self.placed.pop(int(keys["i"]), None)

    def _load(self, keys: dict[str, str], data: bytes) -> None:
        self._loading = (keys, data) if keys["m"] == "1" else None
        if self._loading is None:
            assert (keys["f"], keys["o"]) == ("24", "z")
            size = (int(keys["s"]), int(keys["v"]))
            pixels = zlib.decompress(b64decode(data, validate=True))
            assert len(pixels) == 3 * size[0] * size[1]
            self.images[int(keys["i"])] = (pixels, size)
            self.transmitted += 1
            self._place(keys)

    def _place(self, keys: dict[str, str]) -> None:
        assert (keys["q"], keys["C"], keys["z"]) == ("2", "1", "-1"), "it would answer, move the cursor or hide text"
        pixels, size = self.images[int(keys["i"])]
        at = self.screen.cursor
        self.placed[int(keys["i"])] = Placed(pixels, size, at.x, at.y, int(keys["c"]), int(keys["r"]))

    def _sixel(self, data: bytes) -> None:
        assert self.can == "sixel", "nobody said that it can"
        image = Sixel(data)
        self.sixels.append(image)
        at = self.screen.cursor
        for row in range(at.y, at.y + -(-image.height // self.cell[1])):
            for column in range(at.x, at.x + -(-image.width // self.cell[0])):
                line = self.screen.buffer[row]
                line[column] = line[column]._replace(data=HERE)

    def under(self, one: Placed) -> str:
        """The text in the cells of a picture, without spaces."""
        lines = self.screen.display[one.row : one.row + one.rows]
        return "".join(line[one.column : one.column + one.columns] for line in lines).replace(" ", "")

    @property
    def here(self) -> tuple[int, int, int, int] | None:
        """Column, row, columns and rows of what is seen of sixel images."""
        cells = [(x, y) for y, line in enumerate(self.screen.display) for x, one in enumerate(line) if one == HERE]
        if not cells:
            return None
        left, top = min(x for x, _ in cells), min(y for _, y in cells)
        return left, top, max(x for x, _ in cells) - left + 1, max(y for _, y in cells) - top + 1

    async def until(self, true: Callable[[], Any]) -> None:
        for _ in range(600):
            if true():
                return
            await asyncio.sleep(0.005)
        raise AssertionError(f"it does not come to be: {self.placed} {self.here}\n{self.text}")


class Stage:
    """Shows its views, each at the key that is its number; ``n`` opens the screen anew."""

    def __init__(self, *views: View) -> None:
        self.views = views
        self.now = 0

    async def start(self, event: Init) -> View:
        CELLS.append(event.cell)
        return self.views[0]

    async def send(self, event: Event) -> View | Navigate:
        if event == Key("n"):
            return Navigate(plugin="t", screen="main")
        self.now = int(key) if (key := getattr(event, "key", "")) and key.isdigit() else self.now
        return self.views[self.now]

    async def close(self) -> None: ...


@asynccontextmanager
async def watching(line: Line, *views: View, **settings: Any) -> AsyncIterator[asyncio.Task[int]]:
    """Somebody looks at the views in the terminal."""
    gateway = MadeUp(lambda: Stage(*views))
    task = asyncio.create_task(serve(gateway, line, TuiConfig(home="t/main", **settings), FakeClock()))
    try:
        yield task
    finally:
        line.hang_up()
        await asyncio.wait([task])
