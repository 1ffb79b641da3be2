"""``iterate``: all rows, little memory, and nothing held when it ends early."""

# ruff: noqa: PT012 - the block of a transaction is what raises

from __future__ import annotations

import asyncio
import tracemalloc
from contextlib import aclosing
from typing import Any

import pytest

from newel.contracts.database import Database
from newel.testing.database_cases.tables import BUMP, PUT, number, put, values

ALL = "SELECT id, n, t FROM suite_items ORDER BY id"


async def _fill(db: Database, count: int, size: int = 10) -> None:
    await db.execute_many(PUT, [values(f"{n:06}", n=n, t="x" * size) for n in range(count)])


def _closing(rows: Any) -> Any:
    return aclosing(rows)


class Streams:
    """Rows one after another."""

    async def test_all_rows_come_in_order(self, db: Database) -> None:
        await _fill(db, 3000)
        assert [row["n"] async for row in db.iterate(ALL)] == list(range(3000))

    async def test_it_takes_values(self, db: Database) -> None:
        await _fill(db, 10)
        found = db.iterate("SELECT n FROM suite_items WHERE n > :n ORDER BY n", {"n": 6})
        assert [dict(row) async for row in found] == [{"n": 7}, {"n": 8}, {"n": 9}]

    async def test_no_rows(self, db: Database) -> None:
        assert [row async for row in db.iterate(ALL)] == []

    async def test_a_bug_is_raised_at_the_first_row(self, db: Database) -> None:
        with pytest.raises(Exception, match="suite_gone"):
            async for _ in db.iterate("SELECT * FROM suite_gone"):
                pass

    async def test_an_early_end_frees_everything(self, db: Database) -> None:
        await _fill(db, 2000)
        for _ in range(100):  # more than any pool has connections
            async with _closing(db.iterate(ALL)) as rows:
                async for _ in rows:
                    break
        await db.execute("DROP TABLE suite_children")
        await db.execute("DELETE FROM suite_items")

    async def test_an_error_in_the_loop_frees_everything(self, db: Database) -> None:
        await _fill(db, 2000)
        for _ in range(100):
            with pytest.raises(ZeroDivisionError):
                async with _closing(db.iterate(ALL)) as rows:
                    async for _ in rows:
                        raise ZeroDivisionError
        await put(db, "z")

    async def test_it_shows_one_moment(self, db: Database) -> None:
        await _fill(db, 2000)
        seen = 0
        async with asyncio.timeout(20), _closing(db.iterate(ALL)) as rows:
            async for row in rows:
                seen += 1
                if row["n"] == 0:  # a writer waits for no stream
                    await db.execute("UPDATE suite_items SET n = -1")
                    await put(db, "zzz")
                assert row["n"] == seen - 1
        assert seen == 2000

    async def test_streams_side_by_side(self, db: Database) -> None:
        await _fill(db, 1500)

        async def total() -> int:
            found = 0
            async for row in db.iterate(ALL):
                found += row["n"]
                await asyncio.sleep(0)
            return found

        async with asyncio.timeout(60):
            assert set(await asyncio.gather(*(total() for _ in range(6)))) == {sum(range(1500))}

    async def test_memory_is_bounded(self, db: Database) -> None:
        await _fill(db, 8000, size=4000)  # 32 MB
        seen = 0
        tracemalloc.start()
        try:
            async for row in db.iterate(ALL):
                seen += len(row["t"])
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert seen == 32_000_000
        assert peak < 12_000_000

    async def test_within_a_transaction(self, db: Database) -> None:
        await _fill(db, 1200)
        async with db.transaction() as tx:
            await put(tx, "zzz", n=-1)
            seen = [row["n"] async for row in tx.iterate(ALL)]
        assert seen == [*range(1200), -1]

    async def test_other_statements_between_the_rows_of_a_transaction(self, db: Database) -> None:
        await _fill(db, 1200)
        await put(db, "zzz")
        async with db.transaction() as tx:
            async for row in tx.iterate("SELECT n FROM suite_items WHERE n < 1200 AND id < 'zzz'"):
                if row["n"] % 100 == 0:
                    await tx.execute(BUMP, {"id": "zzz"})
        assert await number(db, "zzz") == 12

    async def test_a_stream_ends_with_its_transaction(self, db: Database) -> None:
        await _fill(db, 1200)
        async with db.transaction() as tx:
            rows = tx.iterate(ALL)
            await anext(rows)
        with pytest.raises(RuntimeError):
            async for _ in rows:
                pass
        await put(db, "zzz")
