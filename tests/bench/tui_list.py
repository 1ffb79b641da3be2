"""A list of a million entries in the terminal: ``content.list`` on SQLite, at a desk.

Times of a page and of a key that is held; memory in a run of its own, since watching it makes everything slower.
``python -m tests.bench.tui_list --size 1000000`` takes minutes to fill the database.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import tracemalloc
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from newel.app import App
from newel.clock import SystemClock
from newel.contracts.tui import ScreenSession
from newel.contracts.views import Ask, Col, Listing
from newel.pages import standing
from newel.testing import actor, make_app
from newel_tui.boxes.listing import ListingBox
from newel_tui.config import TuiConfig
from newel_tui.desk import Desk
from newel_tui.gateway.local import Catalogue, LocalGateway
from tests.bench.lists import _fill
from tests.bench.timing import spread
from tests.builtin_plugins.content.site import Site
from tests.builtin_plugins.tui.support import Someone

SIZE = 100_000
HELD = 20_000
"""Times that ``j`` is pressed."""
VIEW = Listing(
    ask=Ask(operation="content.list", params={"type": "item"}),
    next="links.next",
    columns=(Col(label="Title", value="data.title"), Col(label="State", value="status", cell="state")),
)


class Timed(LocalGateway):
    """Notes how long each page took; its one screen is the list."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.took: list[float] = []

    async def run(self, operation: str, params: Mapping[str, Any]) -> Any:
        begun = perf_counter()
        try:
            return await super().run(operation, params)
        finally:
            self.took.append(perf_counter() - begun)

    async def open(self, plugin: str, name: str, params: Mapping[str, Any]) -> ScreenSession:
        return await standing(VIEW)(await self._call(), params)


async def _measure(size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        config = {"database": {"url": f"sqlite:///{folder}/bench.db"}}
        async with make_app(["sqlite", "migrations", "content"], config, folder=Path(folder)) as app:
            begun = perf_counter()
            await _fill(Site(app), size)
            print(f"  {size:,} entries seeded in {perf_counter() - begun:.0f} s", flush=True)
            await _timed(app)
            await _weighed(app)


@asynccontextmanager
async def _sat(app: App) -> AsyncIterator[tuple[Desk, Timed, ListingBox]]:
    gateway = Timed(app, Catalogue(app), Someone(actor("admin")))
    desk = Desk(gateway, TuiConfig(home="t/main"), SystemClock(), lambda: None)
    begun = perf_counter()
    await desk.begin()
    await desk.settle()
    if not isinstance(desk.top, ListingBox):
        raise TypeError("the list is not there")
    print(f"  first rows after {(perf_counter() - begun) * 1000:.0f} ms, with the pages ahead")
    try:
        yield desk, gateway, desk.top
    finally:
        await desk.close()


async def _hold(desk: Desk, box: ListingBox) -> tuple[list[float], int]:
    """``j`` as fast as it goes: each key is drawn, and the loop gets one turn, as between two reads of a terminal.

    Seconds of each key, and how many keys found nothing to move to.
    """
    keys, waits = [], 0
    for _ in range(HELD):
        before, at = perf_counter(), box.spot.at
        desk.press("j")
        desk.canvas()
        keys.append(perf_counter() - before)
        if box.spot.at == at:
            waits += 1
        await asyncio.sleep(0)
    return keys, waits


async def _timed(app: App) -> None:
    async with _sat(app) as (desk, gateway, box):
        gateway.took.clear()
        begun = perf_counter()
        keys, waits = await _hold(desk, box)
        took = perf_counter() - begun
        await desk.settle()
        spread("a key and its picture", keys)
        spread("a page of 50", gateway.took)
        print(
            f"  {HELD / took:,.0f} keys/s without a pause; {waits:,} of {HELD:,} keys found the next page not there yet"
        )
        for key in ("g", "ctrl+d", "pgup"):
            before = perf_counter()
            desk.press(key)
            await desk.settle()
            print(f"  {key:<7} and all that it reads: {(perf_counter() - before) * 1000:.1f} ms")


async def _weighed(app: App) -> None:
    async with _sat(app) as (desk, gateway, box):
        gateway.took.clear()
        tracemalloc.start()
        await _hold(desk, box)
        await desk.settle()
        memory = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        print(f"  row {box.spot.at:,}; {len(gateway.took):,} pages read; {len(box.source.held()):,} rows at hand; "
              f"{memory / 1e6:.1f} MB more than before")  # fmt: skip


def run(size: int = SIZE) -> None:
    asyncio.run(_measure(size))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.tui_list", description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000)
    run(parser.parse_args().size)


if __name__ == "__main__":
    main()
