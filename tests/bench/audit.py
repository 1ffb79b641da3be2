"""The audit trail: what it adds to a write on SQLite, and how fast it verifies and exports."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import uvloop

from newel.app import App
from newel.contracts.audit import Act, Change
from newel.contracts.database import Database
from newel.structure import rfc3339
from newel.testing import make_app
from newel_audit.exporting import lines
from tests.bench.timing import best_async, row
from tests.builtin_plugins.audit.things import Things, call_of

ROWS = 100_000
CONFIG = {"database": {"url": "sqlite:///bench.db"}}


async def _write(folder: Path, level: str, *, audit: bool) -> float:
    """Microseconds for an operation with one change."""
    plugins: list[Any] = ["sqlite", "migrations", *(["audit"] if audit else []), Things.manifest]
    config = CONFIG | {"sqlite": {"synchronous": level}, "log": {"level": "warning"}}
    async with make_app(plugins, config, folder=folder) as app:
        await app.need(Database).execute("CREATE TABLE IF NOT EXISTS bench (n INTEGER)")
        return await best_async(lambda: app.operations.run("things.keep", {}, call_of(app)), 200, 5)


async def _fill(app: App) -> None:
    call = call_of(app)
    changes = [Change(entity="thing", id=str(n), before={"size": n}, after={"size": n + 1}) for n in range(500)]
    trail = app.plugins["audit"].trail  # type: ignore[attr-defined]  # plugins are objects to the kernel
    begun = perf_counter()
    for _ in range(ROWS // len(changes)):
        async with app.need(Database).transaction() as tx:
            await trail.append(tx, [Act(call=call, operation="things.change", changes=changes)])
    row("a row of an act with 500 changes", (perf_counter() - begun) / ROWS * 1e6)


async def _read(folder: Path) -> None:
    async with make_app(["sqlite", "migrations", "audit", Things.manifest], CONFIG, folder=folder) as app:
        await _fill(app)
        begun = perf_counter()
        verdict = await app.operations.run("audit.verify", {}, call_of(app))
        assert verdict.whole
        row("verify", verdict.rows / (perf_counter() - begun), "rows/s")
        store = app.plugins["audit"]._store  # type: ignore[attr-defined]  # plugins are objects to the kernel
        for format in ("ndjson", "csv"):
            begun = perf_counter()
            count = 0
            async for _ in lines(store, format, rfc3339(app.clock.now()), "", ""):
                count += 1
            row(f"export, {format}", count / (perf_counter() - begun), "rows/s")


async def _writers(folder: Path) -> None:
    """Sixteen at once, on one writer."""
    async with make_app(["sqlite", "migrations", "audit", Things.manifest], CONFIG, folder=folder) as app:
        await app.need(Database).execute("CREATE TABLE IF NOT EXISTS bench (n INTEGER)")
        begun = perf_counter()
        done = 0

        async def write() -> None:
            nonlocal done
            while perf_counter() < begun + 2:
                await app.operations.run("things.keep", {}, call_of(app))
                done += 1

        await asyncio.gather(*(write() for _ in range(16)))
        row("sixteen writers at once, synchronous=full", done / (perf_counter() - begun), "/s")


async def _measure() -> None:
    with tempfile.TemporaryDirectory(prefix="newel-bench-") as name:
        folder = Path(name)
        for level in ("normal", "full"):
            bare = await _write(folder / f"bare-{level}", level, audit=False)
            kept = await _write(folder / f"kept-{level}", level, audit=True)
            row(f"synchronous={level}: a write without the plugin", bare)
            row("  with it", kept)
            row("  added", kept - bare)
        await _writers(folder / "writers")
        await _read(folder / "read")


def run() -> None:
    uvloop.run(_measure())
