"""A plugin in a worker uses its tables."""

from __future__ import annotations

from pathlib import Path

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


async def test_what_a_visitor_sent_is_never_a_condition(shop: Shop) -> None:
    async with shop.plugin(BOOKMARKS) as plugin:
        await shop.do("insert", "collections", {"name": "x"})
        for sent in ({"__op": "neq", "__val": ""}, {"op": "<>"}, ["<>", "name", ""], {}):
            for said in await plugin.call("from_visitor", sent):
                assert said.startswith("init.lua:")
                assert "takes a text, a number or a boolean, got table" in said


async def test_a_condition_that_contains_itself_is_refused(shop: Shop) -> None:
    async with shop.plugin(BOOKMARKS) as plugin:
        assert "nested deeper than 10" in await plugin.call("endless")


async def test_a_transaction_that_a_plugin_walks_away_from_is_undone_and_others_can_write(shop: Shop) -> None:
    async with shop.plugin(BOOKMARKS) as plugin:
        assert await plugin.call("leaves_it_open") == "left"
        assert await shop.do("count", "collections") == 0
        await shop.do("insert", "collections", {"name": "next"})


async def test_before_hooks_have_no_database(shop: Shop) -> None:
    async with shop.plugin(BOOKMARKS) as plugin:
        said = await plugin.call("try", "query", "collections", kind="before")
        assert "db.query is not available in a before-hook" in said


async def test_the_budget_of_operations_ends_a_loop(shop: Shop) -> None:
    async with shop.plugin(BOOKMARKS) as plugin:
        said = await plugin.call("try", "count", "collections", operations=0)
        assert said.startswith("init.lua:")
        assert said.endswith(": operation budget exceeded")
