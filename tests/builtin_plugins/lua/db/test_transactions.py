"""A plugin's transaction: everything or nothing, and never for long."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from tests.builtin_plugins.lua.db.conftest import Shop, text

from newel.contracts.database import Contention
from newel_lua.model import LuaFault, LuaRefused, Returns, Run
from newel_lua.modules.db import Db


@pytest.fixture
async def words(shop: Shop) -> Shop:
    await shop.define("words", text("word", unique=True))
    return shop


async def add(shop: Shop, run: Run, word: str) -> None:
    await shop.do("insert", "words", {"word": word}, run=run)


async def asked(db: Db, function: str, run: Run, *given: Any) -> Any:
    answer = await db.functions[function](run, list(given))
    return answer.values if isinstance(answer, Returns) else answer


async def test_what_is_committed_is_there_and_what_is_rolled_back_is_not(words: Shop) -> None:
    run = words.run()
    for end in ("rollback", "commit"):
        assert await words.do("begin", run=run) == (True,)
        await add(words, run, end)
        assert await words.do("exists", "words", {"where": ["=", "word", end]}, run=run)
        assert await words.do(end, run=run) == (True,)
        assert run.tx is None
    rows = await words.do("query", "words", {"columns": ["word"]})
    assert rows == [{"word": "commit"}]


async def test_an_error_within_it_undoes_its_statement_only(words: Shop) -> None:
    run = words.run()
    await words.do("begin", run=run)
    await add(words, run, "a")
    for function, given in [
        ("insert", {"word": "a"}), ("insert_many", [{"word": "b"}, {"word": "a"}]), ("insert", {"word": "\0"}),
        ("upsert", {"values": {"word": "a"}, "conflict_columns": "id"}),
    ]:  # fmt: skip
        with pytest.raises(LuaRefused):
            await words.do(function, "words", given, run=run)
    await words.do("upsert", "words", {"values": {"word": "c"}, "conflict_columns": "word"}, run=run)
    assert [one["word"] for one in await words.do("query", "words", {"order_by": "word"}, run=run)] == ["a", "c"]
    assert await words.do("commit", run=run) == (True,)
    assert await words.do("count", "words") == 2


async def test_they_do_not_nest_and_end_once(words: Shop) -> None:
    run = words.run()
    for end in ("commit", "rollback"):
        with pytest.raises(LuaFault, match="there is none"):
            await words.do(end, run=run)
    await words.do("begin", run=run)
    with pytest.raises(LuaFault, match=r"^db\.transaction: transactions do not nest"):
        await words.do("begin", run=run)
    await words.do("rollback", run=run)


async def test_the_end_of_the_call_undoes_what_is_open(words: Shop) -> None:
    run = words.run()
    await words.do("begin", run=run)
    await add(words, run, "a")
    await run.stack.aclose()
    assert run.tx is None
    assert await words.do("count", "words") == 0
    with pytest.raises(LuaFault, match="there is none"):
        await words.do("commit", run=run)


async def test_one_that_stays_open_is_undone_and_lets_others_write(words: Shop) -> None:
    db, run = words.another(seconds=0.05), words.run()
    await asked(db, "begin", run)
    await asked(db, "insert", run, "words", {"word": "a"})
    async with asyncio.timeout(5):  # who writes waits for it, on SQLite
        await words.do("insert", "words", {"word": "b"})
    await asyncio.wait([run.kept["db"].task])
    for function in ("insert", "query"):
        with pytest.raises(LuaRefused, match=r"^the transaction was undone: it was open for longer than 0.05 seconds"):
            await asked(db, function, run, "words", {})
    assert await asked(db, "commit", run) == (False, "it was open for longer than 0.05 seconds")
    assert [one["word"] for one in await words.do("query", "words")] == ["b"]


@pytest.mark.engines("sqlite")  # the only one with one writer
async def test_a_busy_database_is_waited_for_but_not_for_long(words: Shop) -> None:
    db, run = words.another(seconds=0.05), words.run()
    other = words.run()
    await words.do("begin", run=other)
    assert await asked(db, "begin", run) == (False, "the database was busy for 0.05 seconds")
    with pytest.raises(LuaRefused, match=r"the database took longer than 0.05 seconds"):
        await asked(db, "insert", run, "words", {"word": "a"})
    await words.do("rollback", run=other)
    assert await asked(db, "begin", run) == (True,)
    assert await asked(db, "commit", run) == (True,)


async def test_a_transaction_that_the_engine_undid_is_not_committed(
    words: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = words.run()
    await words.do("begin", run=run)
    await add(words, run, "a")

    async def undone(*_: Any) -> int:
        raise Contention("another transaction was in the way")

    monkeypatch.setattr(run.tx, "execute", undone)
    with pytest.raises(LuaRefused, match=r"^another transaction was in the way"):
        await add(words, run, "b")
    with pytest.raises(LuaRefused, match=r"^the transaction was undone: another transaction was in the way"):
        await add(words, run, "c")
    assert await words.do("commit", run=run) == (False, "another transaction was in the way")
    assert await words.do("count", "words") == 0


async def test_within_a_transaction_of_the_host_it_is_a_savepoint(words: Shop) -> None:
    """As tests of plugins run: whatever they do is undone after each."""
    run = words.run()
    async with words.database.transaction() as tx:
        run.tx = tx
        for end in ("rollback", "commit"):
            await words.do("begin", run=run)
            await add(words, run, end)
            await words.do(end, run=run)
            assert run.tx is tx
        assert [one["word"] for one in await words.do("query", "words", run=run)] == ["commit"]
        run.tx = None
    assert await words.do("count", "words") == 1


async def test_a_cancelled_call_leaves_nothing_open(words: Shop) -> None:
    async def call() -> None:
        run = words.run()
        async with run.stack:
            await words.do("begin", run=run)
            await add(words, run, "a")
            waiting.set()
            await asyncio.Event().wait()

    waiting = asyncio.Event()
    task = asyncio.create_task(call())
    await waiting.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    await words.do("insert", "words", {"word": "a"})
    assert await words.do("count", "words") == 1


@pytest.mark.engines("mysql")  # SQLite has one writer; PostgreSQL looks for deadlocks after a second only
async def test_of_two_that_wait_for_each_other_one_is_told(words: Shop) -> None:
    await words.do("insert_many", "words", [{"id": one, "word": one} for one in "ab"])
    first_steps = asyncio.Barrier(2)

    async def both(first: str, second: str) -> bool:
        run = words.run()
        await words.do("begin", run=run)
        for id in (first, second):
            with suppress(LuaRefused):
                order = {"set": {"word": first + second + id}, "where": ["=", "id", id]}
                await words.do("update", "words", order, run=run)
            if id == first:
                await first_steps.wait()
        return bool((await words.do("commit", run=run))[0])

    assert sorted(await asyncio.gather(both("a", "b"), both("b", "a"))) == [False, True]
    found = {row["id"]: row["word"] for row in await words.do("query", "words")}
    assert found in ({"a": "aba", "b": "abb"}, {"a": "baa", "b": "bab"})
