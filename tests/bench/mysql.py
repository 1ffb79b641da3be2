"""MariaDB: rows, lists, inserts and transactions, next to the driver alone; the drivers among themselves."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import asyncmy
import uvloop

from newel.contracts.database import Database
from newel.testing import make_app
from tests.bench.timing import best_async, row
from tests.servers import Absent, Server, mysql

COLUMNS = [f"c{n}" for n in range(29)]
POINT = "SELECT * FROM wide WHERE id = {0}"
PAGE = "SELECT * FROM wide WHERE id >= {0} ORDER BY id LIMIT 50"
INSERT = "INSERT INTO small (id, t) VALUES ({0}, {1})"
BUMP = "UPDATE small SET t = {0} WHERE id = {1}"
TARGET = 0.6
Calls = dict[str, tuple[Callable[[], Awaitable[object]], int]]


@asynccontextmanager
async def opened(server: Server, folder: Path) -> AsyncIterator[Database]:
    raw = await asyncmy.connect(host="127.0.0.1", port=server.port, user="root", autocommit=True)
    await raw.cursor().execute("CREATE DATABASE bench")
    await raw.ensure_closed()
    given = {"database": {"url": f"{server.url}/bench"}}
    async with make_app(["mysql"], given, folder=folder) as app:
        db = app.need(Database)
        await db.execute(
            f"CREATE TABLE wide (id INTEGER PRIMARY KEY, {', '.join(f'{c} VARCHAR(80)' for c in COLUMNS)})"
        )
        await db.execute("CREATE TABLE small (id BIGINT PRIMARY KEY, t VARCHAR(80))")
        names = ["id", *COLUMNS]
        insert = f"INSERT INTO wide ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"
        await db.execute_many(insert, [{"id": n, **dict.fromkeys(COLUMNS, "x" * 20)} for n in range(1000)])
        yield db


def ours(db: Database, ids: Any) -> Calls:
    point, page, insert = POINT.format(":id"), PAGE.format(":id"), INSERT.format(":id", ":t")
    bump = BUMP.format(":t", ":id")
    one = {"id": 500}

    async def transaction() -> None:
        async with db.transaction() as tx:
            await tx.fetch_one(point, one)
            await tx.execute(insert, {"id": next(ids), "t": "x"})
            await tx.execute(bump, {"t": "y", "id": 1})

    return {
        "a row of 30 columns by its key": (lambda: db.fetch_one(point, one), 500),
        "50 rows of 30 columns": (lambda: db.fetch_all(page, one), 100),
        "an insert": (lambda: db.execute(insert, {"id": next(ids), "t": "x"}), 200),
        "a transaction of three statements": (transaction, 100),
    }


def alone(raw: Any, prepared: dict[str, Any], ids: Any) -> Calls:
    """The driver on one held connection, with prepared statements, to dicts."""

    async def rows(text: str, *values: object) -> list[dict[str, object]]:
        result = await prepared[text].execute(values)
        names = [column[0] for column in result.description]
        return [dict(zip(names, values, strict=True)) for values in result.rows]

    async def transaction() -> None:
        await raw.begin()
        await rows(POINT, 500)
        await prepared[INSERT].execute((next(ids), "x"))
        await prepared[BUMP].execute(("y", 1))
        await raw.commit()

    return {
        "a row of 30 columns by its key": (lambda: rows(POINT, 500), 500),
        "50 rows of 30 columns": (lambda: rows(PAGE, 500), 100),
        "an insert": (lambda: prepared[INSERT].execute((next(ids), "x")), 200),
        "a transaction of three statements": (transaction, 100),
    }


async def _drivers(server: Server) -> None:
    """One row: what each driver takes for it, as text and prepared."""
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": server.port,
        "user": "root",
        "db": "bench",
        "autocommit": True,
    }
    text = POINT.format("%s")
    plain, kept = await asyncmy.connect(**given), await asyncmy.connect(**given, stmt_cache_size=64)
    for label, raw in (("asyncmy, as text", plain), ("asyncmy, prepared", kept)):

        async def one(raw: Any = raw) -> None:
            cursor = raw.cursor()
            await cursor.execute(text, (500,))
            await cursor.fetchall()

        row(f"one row: {label}", await best_async(one, 300))
        await raw.ensure_closed()
    if find_spec("aiomysql") is not None:  # not ours: pip install aiomysql
        import aiomysql

        other = await aiomysql.connect(**given)

        async def another() -> None:
            async with other.cursor() as cursor:
                await cursor.execute(text, (500,))
                await cursor.fetchall()

        row("one row: aiomysql", await best_async(another, 300))
        other.close()


async def _measure(server: Server) -> None:
    with tempfile.TemporaryDirectory(prefix="newel-bench-") as name:
        async with opened(server, Path(name)) as db:
            raw = await asyncmy.connect(host="127.0.0.1", port=server.port, user="root", db="bench", autocommit=True)
            texts = {text: text.format("?", "?") for text in (POINT, PAGE, INSERT, BUMP)}
            prepared = {text: await raw.prepare(written) for text, written in texts.items()}
            ids = count(10)
            bare = alone(raw, prepared, ids)
            for label, (call, calls) in ours(db, ids).items():
                base = await best_async(bare[label][0], calls)
                taken = await best_async(call, calls)
                base = min(base, await best_async(bare[label][0], calls))  # around it: a machine has its moods
                row(f"{label}: the driver alone", base)
                row("  ours", taken)
                row("  of the driver's speed", base / taken, "", f"{TARGET}")
            await raw.ensure_closed()
        await _drivers(server)


def run() -> None:
    try:
        with mysql() as server:
            uvloop.run(_measure(server))
    except Absent as absent:
        print(f"  {absent}")
