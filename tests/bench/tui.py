"""A desk without a terminal: what a key costs, what a frame costs, and what of a frame is bytes.

``python -m tests.bench.tui --profile`` says where the time of a key goes.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import pstats
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter

from newel.clock import SystemClock
from newel.testing import actor, make_app
from newel_tui.config import TuiConfig
from newel_tui.desk import Desk
from newel_tui.gateway.local import Catalogue, LocalGateway
from newel_tui.terminal.abilities import abilities
from newel_tui.terminal.painter import Painter
from tests.bench.lists import _fill
from tests.bench.timing import spread
from tests.builtin_plugins.content.site import Site
from tests.builtin_plugins.tui.support import Someone

ENTRIES, KEYS, WIDTH, HEIGHT = 500, 1000, 120, 40
PLUGINS = ("sqlite", "migrations", "content", "site", "jobs", "audit", "accounts")
SHOWN = 25


class Terminal:
    """Presses a key and paints what is seen then, as a session does."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.painter = Painter(
            abilities({"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}, "auto")
        )
        self.keys: list[float] = []
        self.frames: list[float] = []
        self.painted: list[float] = []
        self.sent = 0

    def press(self, key: str) -> None:
        times = [perf_counter()]
        self.desk.press(key)
        times.append(perf_counter())
        canvas = self.desk.canvas()
        times.append(perf_counter())
        self.sent += len(self.painter.paint(canvas))
        times.append(perf_counter())
        for into, begun, ended in zip((self.keys, self.frames, self.painted), times, times[1:], strict=False):
            into.append(ended - begun)


@asynccontextmanager
async def _desk() -> AsyncIterator[Desk]:
    with tempfile.TemporaryDirectory() as folder:
        config = {"database": {"url": f"sqlite:///{folder}/bench.db"}}
        async with make_app(PLUGINS, config, folder=Path(folder)) as app:
            await _fill(Site(app), ENTRIES)
            gateway = LocalGateway(app, Catalogue(app), Someone(actor("admin")))
            desk = Desk(gateway, TuiConfig(home="site/home"), SystemClock(), lambda: None)
            desk.resize(WIDTH, HEIGHT)
            await desk.begin()
            await desk.settle()
            try:
                yield desk
            finally:
                await desk.close()


async def _goes(desk: Desk, *keys: str) -> None:
    for key in keys:
        desk.press(key)
        await desk.settle()


async def _held(desk: Desk, key: Callable[[int], str]) -> Terminal:
    terminal = Terminal(desk)
    terminal.press("ctrl+l")  # all is drawn once, so that what follows is what changed
    for told in (terminal.keys, terminal.frames, terminal.painted):
        told.clear()
    terminal.sent = 0
    for number in range(KEYS):
        terminal.press(key(number))
        await asyncio.sleep(0)
    await desk.settle()
    return terminal


def _walk(number: int) -> str:
    """Down and up again, within what is seen."""
    return "j" if number % (2 * SHOWN) < SHOWN else "k"


PARTS: dict[str, tuple[tuple[str, ...], Callable[[int], str]]] = {
    "home": ((), lambda number: "tab"),
    "a list of entries": ((":", *"content/entries", "enter", "e"), _walk),
    "the same behind the palette": ((":",), lambda number: "down" if number % 20 < 10 else "up"),
    "a form, a letter": (("esc", "n"), lambda number: "x"),
}


async def _measure(profile: bool) -> None:
    print(f"  {WIDTH} by {HEIGHT}; a frame is all that is seen, its bytes are only what changed")
    async with _desk() as desk:
        for label, (way, key) in PARTS.items():
            await _goes(desk, *way)
            watch = cProfile.Profile()
            if profile:
                watch.enable()
            terminal = await _held(desk, key)
            watch.disable()
            if profile:
                print(desk.text())
                pstats.Stats(watch).sort_stats("tottime").print_stats(25)
            spread(f"{label}: the key", terminal.keys)
            spread(f"{label}: the frame", terminal.frames)
            spread(f"{label}: its bytes ({terminal.sent // KEYS} a key)", terminal.painted)


def run() -> None:
    asyncio.run(_measure(profile=False))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.tui", description=__doc__)
    parser.add_argument("--profile", action="store_true")
    asyncio.run(_measure(parser.parse_args().profile))


if __name__ == "__main__":
    main()
