"""A list of a million entries in the terminal: ``content.list`` on SQLite, at a desk.

Times of a page and of a key that is held, and memory. ``python -m tests.bench.tui_list --size 1000000`` takes minutes
to fill the database.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import tracemalloc
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

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


def _told(label: str, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    p50, p99 = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
    print(f"  {label:<34} p50 {p50 * 1000:7.2f} ms   p99 {p99 * 1000:7.2f} ms   most {ordered[-1] * 1000:7.2f} ms")


async def _measure(size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        config = {"database": {"url": f"sqlite:///{folder}/bench.db"}}
        async with make_app(["sqlite", "migrations", "content"], config, folder=Path(folder)) as app:
            begun = perf_counter()
            await _fill(Site(app), size)
            print(f"  {size:,} entries seeded in {perf_counter() - begun:.0f} s", flush=True)
            gateway = Timed(app, Catalogue(app), Someone(actor("admin")))
            desk = Desk(gateway, TuiConfig(home="t/main"), SystemClock(), lambda: None)
            begun = perf_counter()
            await desk.begin()
            await desk.settle()
            print(f"  first rows after {(perf_counter() - begun) * 1000:.0f} ms, with the pages ahead")
            await _hold(desk, gateway)
            await desk.close()


async def _hold(desk: Desk, gateway: Timed) -> None:
    """``j`` as fast as it goes: each key is drawn, and the loop gets one turn, as between two reads of a terminal."""
    box = desk.top
    if not isinstance(box, ListingBox):
        raise TypeError("the list is not there")
    gateway.took.clear()
    tracemalloc.start()
    keys, waits, begun = [], 0, perf_counter()
    for _ in range(HELD):
        before, at = perf_counter(), box.spot.at
        desk.press("j")
        desk.canvas()
        keys.append(perf_counter() - before)
        if box.spot.at == at:
            waits += 1
        await asyncio.sleep(0)
    took = perf_counter() - begun
    await desk.settle()
    memory = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    _told("a key and its picture", keys)
    _told("a page of 50", gateway.took)
    print(f"  {HELD / took:,.0f} keys/s without a pause; {waits:,} of {HELD:,} keys found the next page not there yet")
    print(f"  row {box.spot.at:,}; {len(gateway.took):,} pages read; {len(box.source.held()):,} rows at hand; "
          f"{memory / 1e6:.1f} MB more than before")  # fmt: skip
    for key in ("g", "ctrl+d", "pgup"):
        before = perf_counter()
        desk.press(key)
        await desk.settle()
        print(f"  {key:<7} and all that it reads: {(perf_counter() - before) * 1000:.1f} ms")


def run(size: int = SIZE) -> None:
    asyncio.run(_measure(size))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.tui_list", description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000)
    run(parser.parse_args().size)


if __name__ == "__main__":
    main()
