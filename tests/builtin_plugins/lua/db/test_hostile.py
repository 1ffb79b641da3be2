"""A worker that was taken over says anything at all: it gets an answer or a refusal, and only its own tables."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from tests.builtin_plugins.lua.db.conftest import Shop, integer, text

from newel_lua.model import LuaFault, LuaRefused

WORDS = [
    "t", "a", "n", "id", "j", "=", "and", "or", "not", "in", "between", "null", "like", "where", "set", "columns",
    "count", "sum", "agg", "column", "alias", "limit", "order_by", "group_by", "having", "joins", "table", "type",
    "left", "on", "values", "conflict_columns", "update", "nulls", "name", "text", "indexes", "foreign_keys",
    "ref_table", "unique", "", "\0", "lua_tables", "'; --", '"', "`", "%s", ":w0", "é" * 50, "x" * 5000, "t.a",
    "plugin_shop_t", "1",
]  # fmt: skip
OTHERS: list[Any] = [None, True, False, 0, 1, -1, 2**63, 1.5, float("nan"), float("inf"), b"\xff", b"", [], {}]


def anything(chance: random.Random, depth: int = 0) -> Any:
    """Words that mean something, in shapes that mostly mean nothing."""
    kind = chance.random()
    if kind < 0.45 or depth > 4:
        return chance.choice(WORDS)
    if kind < 0.6:
        return chance.choice(OTHERS)
    if kind < 0.8:
        return [anything(chance, depth + 1) for _ in range(chance.randrange(5))]
    return {chance.choice(WORDS): anything(chance, depth + 1) for _ in range(chance.randrange(5))}


def nearly(chance: random.Random, value: Any) -> Any:
    """A call that would be right, with something else in one or two places."""
    if chance.random() < 0.12:
        return anything(chance, 2)
    if isinstance(value, dict):
        return {key: nearly(chance, one) for key, one in value.items()}
    return [nearly(chance, one) for one in value] if isinstance(value, list) else value


JOIN = {"table": "t", "alias": "o", "type": "left", "local_col": "id", "foreign_col": "o.id"}
RIGHT: dict[str, list[Any]] = {
    "query": ["t", {
        "columns": ["t.a", {"agg": "count", "column": "*", "alias": "c"}], "group_by": ["t.a"], "having": [">", "c", 0],
        "where": ["and", [["=", "n", 1], ["in", "a", ["x"]]]], "order_by": [{"column": "c", "desc": True}],
        "limit": 5, "offset": 0, "joins": [JOIN], "distinct": True,
    }],
    "count": ["t", {"where": ["not", ["between", "n", 1, 2]]}],
    "insert": ["t", {"a": "x", "n": 1, "j": {"k": [1]}}, ["a"]],
    "insert_many": ["t", [{"a": "x"}, {"n": 1}], {"1": ["n"]}],
    "update": ["t", {"set": {"n": 1}, "nulls": ["a"], "where": ["like", "a", "x%"]}],
    "delete": ["t", {"where": ["null", "a"]}],
    "upsert": ["t", {"values": {"id": "x"}, "conflict_columns": ["id"], "update": {"n": 2}, "update_nulls": ["a"]}],
    "define_table": ["d", {
        "columns": [{"name": "c", "type": "text", "default": "x"}], "indexes": [{"columns": ["c"], "unique": True}],
        "foreign_keys": [{"column": "c", "ref_table": "t", "ref_column": "id", "on_delete": "CASCADE"}],
    }],
    "create_index": ["t", {"columns": ["a", "n"], "unique": False}],
    "timestamp_ago": [5],
}  # fmt: skip


async def test_whatever_is_said_is_answered_or_refused(shop: Shop) -> None:
    await shop.define("t", text("a"), integer("n"), {"name": "j", "type": "json"})
    before = await shop.database.fetch_all("SELECT * FROM migrations_ledger")
    chance = random.Random(7)
    answered = 0
    refused: list[str] = []
    for round_ in range(600):
        function = chance.choice(list(RIGHT))
        given = nearly(chance, RIGHT[function]) if round_ % 4 else [anything(chance), anything(chance)]
        try:
            await shop.do(function, *(given if isinstance(given, list) else [given]))
            answered += 1
        except (LuaFault, LuaRefused) as error:
            refused.append(str(error))
    assert answered > 50
    assert "the database could not run a statement" not in refused
    assert await shop.database.fetch_all("SELECT * FROM migrations_ledger") == before


async def test_ends_of_transactions_out_of_the_blue_are_refused(shop: Shop) -> None:
    chance = random.Random(7)
    run = shop.run(operations=10_000)
    await shop.define("t", text("a"))
    for _ in range(60):
        function = chance.choice(["begin", "commit", "rollback", "insert", "count"])
        try:
            await shop.do(function, "t", {}, run=run)
        except LuaFault:
            assert function in ("begin", "commit", "rollback")
    await run.stack.aclose()
    assert run.tx is None
    await shop.do("insert", "t", {})


async def test_each_call_is_paid_for(shop: Shop) -> None:
    for function in ("query", "insert", "begin", "define_table", "create_index", "delete"):
        with pytest.raises(LuaFault, match="operation budget exceeded"):
            await shop.do(function, "t", {}, run=shop.run(operations=0))


class Slow:
    """A database that answers when it is told to."""

    def __init__(self, database: Any) -> None:
        self._database = database
        self.gate = asyncio.Event()
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def fetch_one(self, *given: Any) -> Any:
        self.asked += 1
        await self.gate.wait()
        return await self._database.fetch_one(*given)


async def test_a_plugin_with_slow_statements_leaves_connections_to_others(shop: Shop) -> None:
    for plugin in "ab":
        await shop.define("t", text("a"), plugin=plugin)
    slow = Slow(shop.database)
    db = shop.another(slow)
    for plugin in "ab":  # read what tables there are
        await db.functions["query"](shop.run(plugin), ["t"])
    hogs = [asyncio.create_task(db.functions["count"](shop.run("a"), ["t"])) for _ in range(5)]
    await asyncio.sleep(0)
    other = asyncio.create_task(db.functions["count"](shop.run("b"), ["t"]))
    for _ in range(10):
        await asyncio.sleep(0)
    assert slow.asked == 3
    slow.gate.set()
    assert await asyncio.gather(other, *hogs) == [0] * 6
