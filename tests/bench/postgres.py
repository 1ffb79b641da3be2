"""PostgreSQL: reads, a page, inserts and transactions through the contract, next to asyncpg alone."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import uvloop

from newel.contracts.database import Database
from newel.testing import make_app
from tests.bench.timing import best_async, row
from tests.servers import Absent, postgres

COLUMNS = [f"c{n}" for n in range(29)]
POINT = "SELECT * FROM wide WHERE id = {}"
PAGE = "SELECT * FROM wide WHERE id >= {} ORDER BY id LIMIT 50"
PUT = "INSERT INTO narrow (id, text) VALUES ({}, {})"
BUMP = "UPDATE wide SET c0 = {} WHERE id = {}"
Call = Callable[[], Awaitable[object]]
ROUNDS = 5


async def _fill(db: Database) -> None:
    columns = ", ".join(f"{name} TEXT NOT NULL" for name in COLUMNS)
    await db.execute(f"CREATE TABLE wide (id BIGINT PRIMARY KEY, {columns})")
    await db.execute("CREATE TABLE narrow (id BIGINT PRIMARY KEY, text TEXT NOT NULL)")
    names = ["id", *COLUMNS]
    insert = f"INSERT INTO wide ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"
    await db.execute_many(insert, [{"id": n, **dict.fromkeys(COLUMNS, "x" * 20)} for n in range(1000)])


def _ours(db: Database, numbers: itertools.count[int]) -> dict[str, Call]:
    point, page, put, bump = POINT.format(":id"), PAGE.format(":id"), PUT.format(":id", ":t"), BUMP.format(":c", ":id")

    async def transaction() -> None:
        async with db.transaction() as tx:
            await tx.fetch_one(point, {"id": 500})
            await tx.execute(bump, {"c": "y", "id": 500})
            await tx.execute(put, {"id": next(numbers), "t": "x"})

    return {
        "a row of 30 columns by its key": lambda: db.fetch_one(point, {"id": 500}),
        "50 rows of 30 columns": lambda: db.fetch_all(page, {"id": 500}),
        "an insert": lambda: db.execute(put, {"id": next(numbers), "t": "x"}),
        "a transaction of 3 statements": transaction,
    }


def _bare(raw: asyncpg.Connection, numbers: itertools.count[int]) -> dict[str, Call]:
    point, page, put, bump = POINT.format("$1"), PAGE.format("$1"), PUT.format("$1", "$2"), BUMP.format("$1", "$2")

    async def one() -> object:
        return dict(await raw.fetchrow(point, 500))

    async def many() -> object:
        found = await raw.fetch(page, 500)
        names = tuple(found[0].keys())
        return [dict(zip(names, one, strict=True)) for one in found]

    async def transaction() -> None:
        async with raw.transaction():
            dict(await raw.fetchrow(point, 500))
            await raw.execute(bump, "y", 500)
            await raw.execute(put, next(numbers), "x")

    return {
        "a row of 30 columns by its key": one,
        "50 rows of 30 columns": many,
        "an insert": lambda: raw.execute(put, next(numbers), "x"),
        "a transaction of 3 statements": transaction,
    }


async def _compare(db: Database, raw: asyncpg.Connection) -> None:
    numbers = itertools.count(1)
    bare = _bare(raw, numbers)
    for name, ours in _ours(db, numbers).items():
        times = [[await best_async(call, 300, 1) for call in (ours, bare[name])] for _ in range(ROUNDS)]
        mine, its = (min(one) for one in zip(*times, strict=True))
        row(f"{name}: asyncpg alone, one connection held", its)
        row("  ours", mine)
        row("  statements a second, ours : asyncpg", its / mine, "x", ">= 0.6")


async def _crowd(db: Database, url: str) -> None:
    async with asyncpg.create_pool(url, min_size=10, max_size=10, ssl=False) as pool:

        async def theirs() -> None:
            dict(await pool.fetchrow(POINT.format("$1"), 500))

        async def ours() -> None:
            await db.fetch_one(POINT.format(":id"), {"id": 500})

        async def all_of(call: Call) -> None:
            async def many() -> None:
                for _ in range(10):
                    await call()

            await asyncio.gather(*(many() for _ in range(50)))

        times = [[await best_async(lambda c=call: all_of(c), 1, 1) for call in (ours, theirs)] for _ in range(ROUNDS)]  # type: ignore[misc]  # a lambda's default
    mine, its = (500 / min(one) * 1e6 for one in zip(*times, strict=True))
    row("50 readers on 10 connections: asyncpg's pool", its, "/s")
    row("  ours", mine, "/s")
    row("  ours : asyncpg's pool", mine / its, "x", ">= 0.6")


async def _measure(url: str) -> None:
    with tempfile.TemporaryDirectory(prefix="newel-bench-") as name:
        given = {"database": {"url": url}, "postgres": {"pool_min": 10}}
        async with make_app(["postgres"], given, folder=Path(name)) as app:
            db = app.need(Database)
            await _fill(db)
            raw = await asyncpg.connect(url, ssl=False)
            try:
                await _compare(db, raw)
                await _crowd(db, url)
            finally:
                await raw.close()


def run() -> None:
    try:
        with postgres() as server:
            uvloop.run(_measure(f"{server.url}/postgres"))
    except Absent as absent:
        print(f"  {absent}")
