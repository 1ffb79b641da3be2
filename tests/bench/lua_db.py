"""A plugin's table through the module ``db`` on SQLite, beside the same statement asked of the database itself."""

from __future__ import annotations

import asyncio
from itertools import cycle
from typing import Any

from newel.contracts.database import Database
from newel.ids import Ids
from newel.testing import FakeClock, make_app
from newel_lua.modules.db import Db
from tests.bench.timing import best_async, row
from tests.builtin_plugins.lua.db.conftest import Shop, Tables, integer, text

_ONE = "SELECT * FROM plugin_shop_t WHERE id = :id LIMIT :most"
_MANY = "SELECT * FROM plugin_shop_t ORDER BY id LIMIT :most"


async def _measure() -> None:
    clock = FakeClock()
    async with make_app(["sqlite", "migrations"], others=[Tables.manifest], clock=clock) as app:
        database = app.need(Database)
        shop = Shop(database, clock, Db(database, clock, Ids(clock.now), app.log), app.log)
        await shop.define("t", integer("n"), *(text(f"c{number}") for number in range(12)))
        rows = [{f"c{column}": "some words" for column in range(12)} for _ in range(200)]
        ids = cycle([await shop.do("insert", "t", one) for one in rows])
        run = shop.run(operations=10**9)

        async def asked(function: str, options: dict[str, Any]) -> None:
            await shop.db.functions[function](run, ["t", options])

        row(
            "a row by its id, of the database",
            await best_async(lambda: database.fetch_all(_ONE, {"id": next(ids), "most": 100})),
        )
        row("a row by its id, db.query", await best_async(lambda: asked("query", {"where": ["=", "id", next(ids)]})))
        row(
            "50 rows of 16 columns, of the database",
            await best_async(lambda: database.fetch_all(_MANY, {"most": 50}), 200),
        )
        row(
            "50 rows, db.query (streamed, since texts may be long)",
            await best_async(lambda: asked("query", {"limit": 50}), 200),
        )
        row(
            "50 rows, db.query of numbers",
            await best_async(lambda: asked("query", {"columns": ["n"], "limit": 50}), 200),
        )
        row("db.insert", await best_async(lambda: asked("insert", {"n": 1}), 100))


def run() -> None:
    asyncio.run(_measure())
