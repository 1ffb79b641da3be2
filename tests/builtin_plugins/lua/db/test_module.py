"""A plugin in a worker uses its tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.lua.db.conftest import Shop

BOOKMARKS = Path(__file__).with_name("bookmarks.lua").read_text()


async def test_a_plugin_written_for_the_go_system_keeps_its_bookmarks(shop: Shop) -> None:
    async with shop.plugin(BOOKMARKS) as plugin:
        assert await plugin.call("story") == "done"
        assert await plugin.call("conditions") == [
            "epsilon gamma", "epsilon gamma", "epsilon gamma", "beta epsilon", "epsilon gamma", "alpha beta",
            "epsilon gamma", "alpha beta", "alpha beta", "delta zeta", "delta zeta", "epsilon",
            "beta gamma", "beta zeta", "beta", "alpha beta",
        ]  # fmt: skip
        assert await plugin.call("groups") == [
            {"city": "Oslo", "n": 1, "total": 5, "avg_sum": 5},
            {"city": "Rome", "n": 2, "total": 3, "avg_sum": 1.5},
        ]
        assert await plugin.call("having_sequence") == [{"city": "Rome"}]
        assert await plugin.call("upserts") == [{"word": "a"}]
        assert await plugin.call("private") == ["false", "false", "false"]


async def test_a_transaction_that_a_plugin_walks_away_from_is_undone_and_others_can_write(shop: Shop) -> None:
    async with shop.plugin(BOOKMARKS) as plugin:
        assert await plugin.call("leaves_it_open") == "left"
        assert await shop.do("count", "collections") == 0
        await shop.do("insert", "collections", {"name": "next"})


@pytest.mark.engines("sqlite")  # none of it gets as far as a statement
async def test_what_a_plugin_must_not_do_raises_at_its_line(shop: Shop) -> None:
    async with shop.plugin(BOOKMARKS) as plugin:
        # What a visitor sent is never taken for a condition.
        for sent in ({"__op": "neq", "__val": ""}, {"op": "<>"}, ["<>", "name", ""], {}):
            assert await plugin.call("from_visitor", sent) == ["'name' takes text, got a table"] * 3
        assert await plugin.call("from_visitor", None) == ["where: the operator '=' takes 1 value"]
        assert "nested deeper than 14" in await plugin.call("endless")
        said = await plugin.call("try", "query", "collections", kind="before")
        assert "db.query is not available in a before-hook" in said
        said = await plugin.call("try", "count", "collections", operations=0)
        assert said.startswith("init.lua:")
        assert said.endswith(": operation budget exceeded")
        assert await plugin.call("private") == ["false", "false", "false"]
        for function, given, said in MISTAKES:
            assert said in await plugin.call("try", function, "collections", *given)
        for where, said in TOO_MUCH:  # which may come from data, so a plugin can ask for it
            assert await plugin.call("refused", {"where": where}) == said


LONG = [["name", "=", "x"]] * 51
TOO_MUCH: list[tuple[Any, str]] = [
    ([["name", "="]], "where: the operator '=' takes 1 value"),
    ([["name", "BETWEEN", 1]], "where: the operator 'between' takes 2 values"),
    ([["name", "BETWEEN", [1]]], "where: the operator 'between' takes 2 values"),
    ([["name", "IN", []]], "where: 'in' takes 1 to 500 values, got 0"),
    ([["name", "IN", ["x"] * 501]], "where: 'in' takes 1 to 500 values, got 501"),
    (["AND", LONG], "where has more than 50 conditions"),
]
MISTAKES: list[tuple[str, list[Any], str]] = [
    ("query", ["x"], "db.query: argument 2 (options) must be a table, got string"),
    ("query", [{"where": "id = 1"}], "db.query: where must be a table, got string"),
    ("query", [{"where": [["name", "= 1 OR", "x"]]}], "db.query: where: no operator = 1 OR"),
    ("query", [{"where": ["OR", []]}], "an empty list of conditions"),
    ("delete", [{}], "db.delete: where is empty, which would mean every row"),
    ("delete", [{"where": {}, "where_or": []}], "db.delete: where is empty, which would mean every row"),
    ("delete", [{"where_or": [{}]}], "an empty list of conditions"),
    ("update", [{"where": {"name": "x"}}], "db.update: set must be a table, got nil"),
    ("insert", [None], "db.insert: argument 2 (values) must be a table, got nil"),
    ("insert_many", [["name"], [["a", "b"]]], "db.insert_many: row 1 has more values than there are columns"),
    ("insert_many", [5], "db.insert_many takes a table, columns and rows, or a table and rows"),
    ("transaction", [], "db.transaction: argument 1 must be a function, got string"),
    ("in_list", [[]], "db.in_list takes at least one value"),
    ("between", [], "db.between: the upper value is nil"),
]
