"""The outbox and the queue on SQLite, synced as deployed: events and jobs a second; what an event adds to a write."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from newel.app import App
from newel.context import SYSTEM
from newel.contracts.database import Database
from newel.contracts.jobs import JobRun, Jobs
from tests.bench.timing import row
from tests.builtin_plugins.jobs.site import LISTENS, OTHER, change, kind, site

EVENTS = 2000
JOBS = 2000


async def _nothing(job: JobRun) -> None:
    return None


async def _completing(job: JobRun) -> None:
    async with job.completing():
        pass


async def _writes(app: App, count: int = 300) -> float:
    """Microseconds a write of one row and an event, one after another: each is a commit on disk."""
    times = []
    for number in range(count):
        begun = perf_counter()
        await change(app, f"e{number}", note=f"n{number}")
        times.append(perf_counter() - begun)
    return statistics.median(times) * 1e6


async def _measure(folder: Path) -> None:
    kinds = [kind("t.nothing", _nothing), kind("t.completing", _completing)]
    async with site(kinds=kinds, folder=folder / "a") as app:
        bare = await _writes(app)
        row("an operation that writes a row, nobody listening", bare)
    async with site(LISTENS, OTHER, kinds=kinds, folder=folder / "b") as app:
        kept = await _writes(app)
        row("an event for two plugins, in its transaction (added)", kept - bare)
        await app.settle()
        for label, ids in (("of many entities", 1000), ("of one entity", 1)):
            await _fill(app, ids)
            begun = perf_counter()
            await app.settle()
            row(f"events told, {label}, two plugins", 2 * EVENTS / (perf_counter() - begun), "/s")
        for name in ("t.nothing", "t.completing"):
            db = app.need(Database)
            async with db.transaction() as tx:
                begun = perf_counter()
                for number in range(JOBS):
                    await app.need(Jobs).enqueue(app.call(SYSTEM, "bench"), name, {"number": number}, tx=tx)
                asked = (perf_counter() - begun) / JOBS * 1e6
            begun = perf_counter()
            await app.need(Jobs).settle()
            row(f"jobs done ({name.partition('.')[2]}), 4 workers", JOBS / (perf_counter() - begun), "/s")
        row("asking for a job, in a transaction", asked)
        plugin: Any = app.plugins["jobs"]
        begun = perf_counter()
        for _ in range(200):
            await plugin.workers.fill()
            await plugin.delivery.fill()
            await plugin.ticking.tick()
        row("an idle turn of all three", (perf_counter() - begun) / 200 * 1e6)


async def _fill(app: App, entities: int) -> None:
    for first in range(0, EVENTS, 50):
        await change(app, *(f"e{number % entities}" for number in range(first, first + 50)))


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a", "b"):
            (Path(folder) / name).mkdir()
        asyncio.run(_measure(Path(folder)))
