"""Rows are written whole or not at all, and never by accident all of them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.builtin_plugins.lua.db.conftest import Shop, integer, text

from newel.contracts.database import Contention
from newel_lua.model import LuaFault, LuaRefused


@pytest.fixture
async def words(shop: Shop) -> Shop:
    await shop.define("words", text("word", unique=True), text("lang"), integer("n", default=1),
                      indexes=[{"columns": ["lang", "n"], "unique": True}])  # fmt: skip
    return shop


async def all_of(shop: Shop, *columns: str) -> list[tuple[Any, ...]]:
    rows = await shop.do("query", "words", {"columns": list(columns), "order_by": "word"})
    return [tuple(row[name] for name in columns) for row in rows]


async def test_a_row_gets_an_id_and_times_unless_it_brings_them(words: Shop) -> None:
    id = await words.do("insert", "words", {"word": "a"})
    await words.clock.advance(60)
    assert await words.do("insert", "words", {"word": "b", "id": "mine", "created_at": "then"}) == "mine"
    assert await all_of(words, "id", "created_at", "updated_at") == [
        (id, "2030-01-01T00:00:00.000Z", "2030-01-01T00:00:00.000Z"), ("mine", "then", "2030-01-01T00:01:00.000Z"),
    ]  # fmt: skip
    with pytest.raises(LuaRefused, match=r"^unique violation: id$"):
        await words.do("insert", "words", {"word": "c", "id": "mine"})
    with pytest.raises(LuaRefused, match=r"^unique violation: lang, n$"):
        await words.do("insert_many", "words", [{"word": "c", "lang": "x"}, {"word": "d", "lang": "x"}])
    with pytest.raises(LuaRefused, match="'id' of 'words' cannot be empty"):
        await words.do("insert", "words", {"id": ""})
    with pytest.raises(LuaRefused, match="'id' of 'words' takes at most 64 characters"):
        await words.do("insert", "words", {"id": "x" * 65})
    with pytest.raises(LuaRefused, match=r"has no column 'wrod' \(did you mean 'word'\?\)"):
        await words.do("insert", "words", {"wrod": "x"})
    assert await words.do("count", "words") == 2


async def test_many_rows_are_all_there_or_none(words: Shop) -> None:
    run = words.run(operations=100)
    assert await words.do("insert_many", "words", [{"word": f"{n:04}", "n": n} for n in range(1000)], run=run) == 1000
    assert run.operations == 90  # one for each hundred
    with pytest.raises(LuaRefused, match=r"^unique violation: word$"):
        await words.do("insert_many", "words", [{"word": "x"}, {"word": "y"}, {"word": "x"}])
    with pytest.raises(LuaRefused, match="'n' of 'words' takes an integer"):
        await words.do("insert_many", "words", [{"word": "x"}, {"word": "y", "n": "z"}])
    assert await words.do("count", "words") == 1000
    for rows in ([], [{}] * 1001):  # however many there are, it is data that says so
        with pytest.raises(LuaRefused, match=r"^insert_many takes 1 to 1000 rows"):
            await words.do("insert_many", "words", rows)
    for wrong, said in [("x", "must be a list"), ([5], "row 1 must be")]:
        with pytest.raises(LuaFault, match=rf"^db\.insert_many: .*{said}"):
            await words.do("insert_many", "words", wrong)
    with pytest.raises(LuaFault, match="operation budget exceeded"):
        await words.do("insert_many", "words", [{}] * 1000, run=words.run(operations=9))


async def test_update_and_delete_tell_how_many_and_need_a_condition(words: Shop) -> None:
    await words.do("insert_many", "words", [{"word": one, "n": ord(one)} for one in "abcd"])
    await words.clock.advance(1)
    where = ["in", "word", ["a", "b", "z"]]
    assert await words.do("update", "words", {"set": {"n": 7}, "where": where}) == 2
    assert await words.do("update", "words", {"set": {"n": 7}, "where": where}) == 2  # also where nothing changes
    assert await words.do("update", "words", {"set": {"lang": "x"}, "nulls": ["n"], "where": ["=", "word", "a"]}) == 1
    assert await all_of(words, "word", "lang", "n", "updated_at") == [
        ("a", "x", None, "2030-01-01T00:00:01.000Z"), ("b", None, 7, "2030-01-01T00:00:01.000Z"),
        ("c", None, 99, "2030-01-01T00:00:00.000Z"), ("d", None, 100, "2030-01-01T00:00:00.000Z"),
    ]  # fmt: skip
    for function, options, said in [
        ("update", {"set": {"n": 1}}, "where is empty, which would mean every row"),
        ("delete", {}, "where is empty, which would mean every row"),
        ("delete", {"where": {}}, "where must be made of conditions"),
        ("delete", {"where": ["and", []]}, "an empty list of conditions"),
        ("delete", {"where": ["or", []]}, "an empty list of conditions"),
        ("update", {"set": {}, "where": where}, "set is empty"),
        ("update", {"where": where}, "set must be a table"),
        ("update", {"set": {"n": 1}, "where": where, "limit": 1}, "there is no option 'limit'"),
        ("delete", {"where": where, "joins": []}, "there is no option 'joins'"),
    ]:
        with pytest.raises(LuaFault, match=rf"^db\.{function}: .*{said}"):
            await words.do(function, "words", options)
    for none in (["in", "word", []], ["not in", "word", {}]):
        with pytest.raises(LuaRefused, match="takes 1 to 500 values"):
            await words.do("delete", "words", {"where": none})
    with pytest.raises(LuaRefused, match=r"^unique violation: word$"):
        await words.do("update", "words", {"set": {"word": "d"}, "where": ["=", "word", "c"]})
    with pytest.raises(LuaRefused, match=r"^not null violation: 'id'"):
        await words.do("update", "words", {"set": {"n": 1}, "nulls": ["id"], "where": where})
    assert await words.do("delete", "words", {"where": ["not", ["in", "word", ["a"]]]}) == 3
    assert await words.do("delete", "words", {"where": ["null", "n"]}) == 1


async def test_upsert_makes_a_row_or_changes_the_one_that_is_there(words: Shop) -> None:
    def order(word: str | None, keys: Any = "word", **more: Any) -> dict[str, Any]:
        values = {"word": word, **more.pop("values", {})}
        return {"values": values, "conflict_columns": keys, **more}

    first = await words.do("upsert", "words", order("a", values={"n": 1}))
    await words.clock.advance(1)
    assert await words.do("upsert", "words", order("a", ["word"], values={"n": 2, "id": "another"})) == first
    assert await words.do("upsert", "words", order("a", values={"n": 3}, do_nothing=True)) == first
    assert await words.do("upsert", "words", order("a", values={"n": 4}, update={"lang": "de"})) == first
    assert (
        await words.do("upsert", "words", order("a", values={"n": 5}, update={"n": 9}, update_nulls=["lang"])) == first
    )
    assert await all_of(words, "id", "lang", "n", "created_at", "updated_at") == [
        (first, None, 9, "2030-01-01T00:00:00.000Z", "2030-01-01T00:00:01.000Z")
    ]
    await words.do(
        "upsert", "words", {"values": {"lang": "de", "n": 4, "word": "b"}, "conflict_columns": ["n", "lang"]}
    )
    await words.do(
        "upsert", "words", {"values": {"lang": "de", "n": 4, "word": "c"}, "conflict_columns": ["lang", "n"]}
    )
    assert await all_of(words, "word", "n") == [("a", 9), ("c", 4)]
    for _ in range(2):  # NULL meets nobody
        await words.do("upsert", "words", {"values": {"n": 4}, "nulls": ["word"], "conflict_columns": ["word"]})
    assert await words.do("count", "words") == 4
    with pytest.raises(LuaRefused, match=r"^unique violation: word$"):
        await words.do("upsert", "words", order("a", "id", values={"id": "new"}))
    for keys, said in [
        (["lang"], "no unique index has exactly the columns lang"),
        ([], "one to eight"),
        (None, "a list"),
    ]:
        with pytest.raises(LuaFault, match=said):
            await words.do("upsert", "words", order("a", keys))
    with pytest.raises(LuaRefused, match="has no column 'x'"):
        await words.do("upsert", "words", order("a", "x"))


async def test_upserts_at_once_make_one_row(words: Shop) -> None:
    order = {"values": {"word": "a"}, "conflict_columns": ["word"]}
    ids = await asyncio.gather(*(words.do("upsert", "words", order) for _ in range(10)))
    assert len(set(ids)) == 1
    assert await words.do("count", "words") == 1


class Rivalled:
    """A database in which somebody else is in the way, ``times`` times."""

    def __init__(self, database: Any, times: int) -> None:
        self._database = database
        self._times = times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def execute(self, *given: Any) -> int:
        if self._times > 0:
            self._times -= 1
            raise Contention("in the way")
        return int(await self._database.execute(*given))


async def test_a_statement_that_met_a_rival_is_run_again(words: Shop) -> None:
    made = words.another(Rivalled(words.database, 1))
    assert await made.functions["insert"](words.run(), ["words", {"word": "a"}])
    assert await words.do("count", "words") == 1
