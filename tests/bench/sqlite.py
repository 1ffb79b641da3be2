"""SQLite: point reads, lists and commits, next to `sqlite3` alone and to `databases` with its own backend."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

import databases
import uvloop

from newel.contracts.database import Database
from newel.testing import make_app
from tests.bench import _statements
from tests.bench._statements import BUMP as CHANGE
from tests.bench._statements import INSERT, NAMES, Call
from tests.bench.timing import best, best_async, row

COLUMNS = [f"c{n}" for n in range(29)]
ROWS = 1000
POINT = "SELECT * FROM wide WHERE id = :id"
PAGE = "SELECT * FROM wide WHERE id >= :id ORDER BY id LIMIT 50"
BUMP = "UPDATE wide SET c0 = c0 + 1 WHERE id = :id"
ONE = {"id": 500}


@asynccontextmanager
async def opened(folder: Path, **config: float | str) -> AsyncIterator[Database]:
    given = {"database": {"url": "sqlite:///bench.db"}, "sqlite": config}
    async with make_app(["sqlite"], given, folder=folder) as app:
        yield app.need(Database)


async def _fill(db: Database) -> None:
    await db.execute(f"CREATE TABLE wide (id INTEGER PRIMARY KEY, {', '.join(f'{name} TEXT' for name in COLUMNS)})")
    names = ", ".join(["id", *COLUMNS])
    values = ", ".join(f":{name}" for name in ["id", *COLUMNS])
    rows = [{"id": n, **dict.fromkeys(COLUMNS, "x" * 20), "c0": "0"} for n in range(ROWS)]
    await db.execute_many(f"INSERT INTO wide ({names}) VALUES ({values})", rows)


@asynccontextmanager
async def alone(url: str, ids: Iterator[int]) -> AsyncIterator[dict[str, Call]]:
    """`sqlite3` on one connection, to dicts, synced as ours is; on a thread of its own, as any asynchronous driver has
    to call it: in the loop's thread a write would stop everybody until the disk has it."""
    raw = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    raw.execute("PRAGMA synchronous=full")
    thread = ThreadPoolExecutor(1)

    def ask(text: str, values: tuple[object, ...]) -> list[dict[str, object]]:
        cursor = raw.execute(text, values)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, found, strict=True)) for found in cursor]

    async def run(text: str, *values: object) -> list[dict[str, object]]:
        return await asyncio.get_running_loop().run_in_executor(thread, ask, text, values)

    point, page, put, bump = (text.format("?", "?") for text in (_statements.POINT, _statements.PAGE, INSERT, CHANGE))

    async def transaction() -> None:
        await run("BEGIN IMMEDIATE")
        await run(point, 500)
        await run(put, next(ids), "x")
        await run(bump, "y", 1)
        await run("COMMIT")

    calls: list[Call] = [
        lambda: run(point, 500), lambda: run(page, 500), lambda: run(put, next(ids), "x"), transaction,
    ]  # fmt: skip
    yield dict(zip(NAMES, calls, strict=True))
    thread.shutdown()
    raw.close()


def _bare(path: Path) -> tuple[float, float]:
    raw = sqlite3.connect(path, isolation_level=None)

    def all_of(statement: str) -> list[dict[str, object]]:
        cursor = raw.execute(statement, ONE)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, values, strict=True)) for values in cursor]

    try:
        return best(lambda: all_of(POINT)), best(lambda: all_of(PAGE), 100)
    finally:
        raw.close()


async def _stock(path: Path) -> tuple[float, float] | None:
    """`databases` as it comes; it needs aiosqlite, which we do not (``pip install aiosqlite``)."""
    if find_spec("aiosqlite") is None:
        return None
    async with databases.Database(f"sqlite:///{path}") as stock:

        async def point() -> object:
            found = await stock.fetch_one(POINT, ONE)
            return dict(found._mapping) if found is not None else None

        async def page() -> object:
            return [dict(one._mapping) for one in await stock.fetch_all(PAGE, ONE)]

        return await best_async(point, 100, 3), await best_async(page, 50, 3)


async def _reads(folder: Path) -> None:
    async with opened(folder) as db:
        await _fill(db)
        point = await best_async(lambda: db.fetch_one(POINT, ONE))
        page = await best_async(lambda: db.fetch_all(PAGE, ONE), 100)
        async with db.transaction(read_only=True) as snapshot:
            held = await best_async(lambda: snapshot.fetch_one(POINT, ONE))

        async def one_snapshot() -> None:
            async with db.transaction(read_only=True) as tx:
                await tx.fetch_one(POINT, ONE)

        snapshots = await best_async(one_snapshot, 300)
    async with opened(folder, inline_ms=0) as db:
        threaded = await best_async(lambda: db.fetch_one(POINT, ONE), 300)
    path = folder / "bench.db"
    bare_point, bare_page = await asyncio.to_thread(_bare, path)
    stock = await _stock(path)
    row("a row of 30 columns: sqlite3 alone, to a dict", bare_point)
    row("  ours", point)
    row("  ours, in a snapshot that is open", held)
    row("  ours, a snapshot for one read", snapshots)
    row("  ours, on a thread (inline_ms = 0)", threaded)
    row("  ours : sqlite3", point / bare_point, "x")
    if stock is not None:
        row("  `databases` as it comes", stock[0])
        row("  `databases` : ours", stock[0] / point, "x")
    row("50 rows of 30 columns: sqlite3 alone, to dicts", bare_page)
    row("  ours", page)
    if stock is not None:
        row("  `databases` as it comes", stock[1])


async def _commits(folder: Path, level: str) -> None:
    async with opened(folder, synchronous=level) as db:

        async def transaction() -> None:
            async with db.transaction() as tx:
                found = await tx.fetch_one(POINT, ONE)
                assert found is not None
                await tx.execute("UPDATE wide SET c0 = :c0 WHERE id = :id", {"c0": str(int(found["c0"]) + 1), **ONE})

        lone = await best_async(lambda: db.execute(BUMP, ONE), 200, 3)
        whole = await best_async(transaction, 200, 3)
        row(f"synchronous={level}: a lone UPDATE", lone)
        row(f"synchronous={level}: read, UPDATE, COMMIT", whole)
        row(f"synchronous={level}: transactions a second, one after another", 1e6 / whole, "/s")


async def _mix(folder: Path) -> None:
    """Four writers and thirty-two readers for two seconds."""
    async with opened(folder) as db:
        until = perf_counter() + 2
        done = {"reads": 0, "writes": 0}
        late = 0.0

        async def read(n: int) -> None:
            while perf_counter() < until:
                await db.fetch_one(POINT, {"id": n})
                done["reads"] += 1
                await asyncio.sleep(0)

        async def write(n: int) -> None:
            while perf_counter() < until:
                async with db.transaction() as tx:
                    await tx.execute(BUMP, {"id": n})
                done["writes"] += 1

        async def watch() -> None:
            nonlocal late
            while (before := perf_counter()) < until:
                await asyncio.sleep(0.001)
                late = max(late, perf_counter() - before - 0.001)

        await asyncio.gather(watch(), *(read(n) for n in range(32)), *(write(n) for n in range(4)))
        row("32 readers and 4 writers at once: reads", done["reads"] / 2, "/s")
        row("  commits (synchronous=full)", done["writes"] / 2, "/s")
        row("  the latest a millisecond's sleep woke", late * 1000, "ms")


async def _measure() -> None:
    with tempfile.TemporaryDirectory(prefix="newel-bench-") as name:
        folder = Path(name)
        await _reads(folder)
        for level in ("full", "normal"):
            await _commits(folder, level)
        await _mix(folder)


def run() -> None:
    uvloop.run(_measure())
