"""A process of its own on one database: ``python child.py FOLDER write|bump|hold``. It prints what it has done."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from newel.contracts.database import Database
from newel.testing import make_app


async def write(db: Database) -> None:
    """Commits without end; prints each number once its commit has returned."""
    number = 0
    while True:
        number += 1
        async with db.transaction() as tx:
            await tx.execute("INSERT INTO t (n, half) VALUES (:n, 1)", {"n": number})
            await tx.execute("INSERT INTO t (n, half) VALUES (:n, 2)", {"n": number})
        print(number, flush=True)


async def bump(db: Database) -> None:
    """Reads, then writes, a hundred times from four tasks."""

    async def some() -> None:
        for _ in range(25):
            async with db.transaction() as tx:
                row = await tx.fetch_one("SELECT n FROM counter")
                assert row is not None
                await tx.execute("UPDATE counter SET n = :n", {"n": row["n"] + 1})

    await asyncio.gather(*(some() for _ in range(4)))
    print("done", flush=True)


async def hold(db: Database) -> None:
    """Keeps the write lock until a line comes in."""
    async with db.transaction() as tx:
        await tx.execute("UPDATE counter SET n = n")
        print("held", flush=True)
        await asyncio.to_thread(sys.stdin.readline)


async def main(folder: str, what: str) -> None:
    config = {"database": {"url": "sqlite:///data/newel.db"}, "sqlite": {"busy_timeout": 60.0}}
    async with make_app(["sqlite"], config, folder=Path(folder)) as app:
        await {"write": write, "bump": bump, "hold": hold}[what](app.need(Database))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
