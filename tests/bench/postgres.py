"""PostgreSQL: reads, a page, inserts and transactions through the contract, next to asyncpg alone."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import uvloop

from newel.contracts.database import Database
from newel.testing import make_app
from tests.bench._statements import (
    BUMP,
    INSERT,
    NAMES,
    PAGE,
    POINT,
    ROUNDS,
    TARGET,
    Call,
    compared,
    fill,
    numbers,
    ours,
)  # fmt: skip
from tests.bench.timing import best_async, row
from tests.servers import Absent, postgres


@asynccontextmanager
async def alone(url: str, ids: Iterator[int]) -> AsyncIterator[dict[str, Call]]:
    """asyncpg on one held connection, to dicts."""
    raw = await asyncpg.connect(url, ssl=False)
    yield _calls(raw, ids)
    await raw.close()


def _calls(raw: asyncpg.Connection, ids: Iterator[int]) -> dict[str, Call]:
    point, page, put, bump = POINT.format("$1"), PAGE.format("$1"), INSERT.format("$1", "$2"), BUMP.format("$1", "$2")

    async def one() -> object:
        return dict(await raw.fetchrow(point, 500))

    async def many() -> object:
        found = await raw.fetch(page, 500)
        names = tuple(found[0].keys())
        return [dict(zip(names, one, strict=True)) for one in found]

    async def transaction() -> None:
        async with raw.transaction():
            dict(await raw.fetchrow(point, 500))
            await raw.execute(put, next(ids), "x")
            await raw.execute(bump, "y", 1)

    calls: list[Call] = [one, many, lambda: raw.execute(put, next(ids), "x"), transaction]
    return dict(zip(NAMES, calls, strict=True))


async def _crowd(db: Database, url: str) -> None:
    async with asyncpg.create_pool(url, min_size=10, max_size=10, ssl=False) as pool:

        async def theirs() -> None:
            dict(await pool.fetchrow(POINT.format("$1"), 500))

        async def mine() -> None:
            await db.fetch_one(POINT.format(":id"), {"id": 500})

        async def all_of(call: Call) -> None:
            async def many() -> None:
                for _ in range(10):
                    await call()

            await asyncio.gather(*(many() for _ in range(50)))

        times = [[await best_async(lambda c=call: all_of(c), 1, 1) for call in (mine, theirs)] for _ in range(ROUNDS)]  # type: ignore[misc]  # a lambda's default
    taken, its = (500 / min(one) * 1e6 for one in zip(*times, strict=True))
    row("50 readers on 10 connections: asyncpg's pool", its, "/s")
    row("  ours", taken, "/s")
    row("  ours : asyncpg's pool", taken / its, "x", ">= 0.6")


async def _measure(url: str) -> None:
    with tempfile.TemporaryDirectory(prefix="newel-bench-") as name:
        given = {"database": {"url": url}, "postgres": {"pool_min": 10}}
        async with make_app(["postgres"], given, folder=Path(name)) as app:
            db, ids = app.need(Database), numbers()
            await fill(db)
            async with alone(url, ids) as bare:
                for label, (base, taken) in (await compared(ours(db, ids), bare)).items():
                    row(f"{label}: asyncpg alone, one connection held", base)
                    row("  ours", taken)
                    row("  statements a second, ours : asyncpg", base / taken, "x", f">= {TARGET}")
            await _crowd(db, url)


def run() -> None:
    try:
        with postgres() as server:
            uvloop.run(_measure(f"{server.url}/postgres"))
    except Absent as absent:
        print(f"  {absent}")
