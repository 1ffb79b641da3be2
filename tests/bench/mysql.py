"""MariaDB: rows, lists, inserts and transactions, next to the driver alone; the drivers among themselves."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncmy
import uvloop

from tests.bench._statements import BUMP, INSERT, NAMES, PAGE, POINT, TARGET, Call, compared, filled, numbers, ours
from tests.bench.timing import best_async, row
from tests.servers import Absent, Server, mysql


async def made(server: Server) -> str:
    """The URL of a new database."""
    raw = await asyncmy.connect(host="127.0.0.1", port=server.port, user="root", autocommit=True)
    await raw.cursor().execute("CREATE OR REPLACE DATABASE bench")
    await raw.ensure_closed()
    return f"{server.url}/bench"


@asynccontextmanager
async def alone(url: str, ids: Iterator[int]) -> AsyncIterator[dict[str, Call]]:
    """The driver on one held connection, with prepared statements, to dicts."""
    parts = urlsplit(url)
    raw = await asyncmy.connect(
        host="127.0.0.1", port=parts.port, user="root", db=parts.path.removeprefix("/"), autocommit=True
    )
    texts = {text: text.format("?", "?") for text in (POINT, PAGE, INSERT, BUMP)}
    prepared = {text: await raw.prepare(written) for text, written in texts.items()}
    yield _calls(raw, prepared, ids)
    await raw.ensure_closed()


def _calls(raw: Any, prepared: dict[str, Any], ids: Iterator[int]) -> dict[str, Call]:
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

    calls: list[Call] = [
        lambda: rows(POINT, 500),
        lambda: rows(PAGE, 500),
        lambda: prepared[INSERT].execute((next(ids), "x")),
        transaction,
    ]
    return dict(zip(NAMES, calls, strict=True))


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
        url, ids = await made(server), numbers()
        async with filled("mysql", url, Path(name)) as db, alone(url, ids) as bare:
            for label, (base, taken) in (await compared(ours(db, ids), bare)).items():
                row(f"{label}: the driver alone", base)
                row("  ours", taken)
                row("  of the driver's speed", base / taken, "", f"{TARGET}")
        await _drivers(server)


def run() -> None:
    try:
        with mysql() as server:
            uvloop.run(_measure(server))
    except Absent as absent:
        print(f"  {absent}")
