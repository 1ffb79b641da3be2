"""Streams on the event loop that sites run on, which reads from the network in larger gulps than asyncio's own."""

from __future__ import annotations

import asyncio
import tracemalloc
from contextlib import aclosing
from pathlib import Path

import pytest
import uvloop
from tests.builtin_plugins.mysql.opened import opened

from newel_mysql.sessions import Kind, Limits

LIFTED = "SELECT @lifted AS lifted"
pytestmark = pytest.mark.engine
MANY = "SELECT a.seq AS n, repeat('x', 1000) AS t FROM seq_1_to_40000 a"


def test_memory_is_bounded_however_fast_the_server_sends(tmp_path: Path) -> None:
    async def read() -> None:
        async with opened(tmp_path) as db:
            seen = 0
            tracemalloc.start()
            try:
                async for row in db.iterate(MANY):
                    seen += row["n"]
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
            assert seen == 40_000 * 40_001 // 2
            assert peak < 12_000_000

    uvloop.run(read())


def test_rows_may_be_larger_than_what_is_read_ahead(tmp_path: Path) -> None:
    async def read() -> None:
        async with opened(tmp_path) as db, asyncio.timeout(30):
            large = "SELECT a.seq AS n, repeat('x', 3000000) AS t FROM seq_1_to_5 a"
            assert [len(row["t"]) async for row in db.iterate(large)] == [3_000_000] * 5
            async with db.transaction() as tx, aclosing(tx.iterate(MANY)) as rows:
                assert (await anext(rows))["n"] == 1
                assert await tx.fetch_one("SELECT 1 AS one") == {"one": 1}
                assert [row["n"] async for row in rows][-1] == 40_000

    uvloop.run(read())


async def test_where_the_limit_is_the_sessions_it_is_back_after_a_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on MySQL, with a variable in place of ``max_execution_time``."""
    limits = Limits(20, off="SET @lifted = 1", on="SET @lifted = 0")
    monkeypatch.setattr(Kind, "limits", lambda self, config: limits)
    async with opened(tmp_path, pool_max=1, pool_min=1) as db:
        assert [row["lifted"] async for row in db.iterate(LIFTED)] == [1]
        assert await db.fetch_one(LIFTED) == {"lifted": 0}
        async with db.transaction() as tx:
            assert [row["lifted"] async for row in tx.iterate(LIFTED)] == [1]
        assert await db.fetch_one(LIFTED) == {"lifted": 0}
