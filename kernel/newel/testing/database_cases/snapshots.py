"""``snapshot``: several readers, one point in time, whole tables in batches of plain rows."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

from newel.contracts.database import Database, SnapshotReader
from newel.testing.database_cases.tables import BUMP, PUT, number, put, values

ALL = "SELECT id, n, t FROM suite_items ORDER BY id"


async def _read(reader: SnapshotReader, text: str = ALL) -> list[tuple[Any, ...]]:
    found: Any = reader.batches(text)
    async with aclosing(found):
        return [tuple(row) async for batch in found for row in batch]


class Snapshots:
    """What a backup relies on."""

    async def test_batches_are_the_rows_in_order_as_plain_values(self, db: Database) -> None:
        await db.execute_many(PUT, [values(f"{n:05}", n=n, t="ü" * 20 if n % 3 else None) for n in range(2500)])
        async with db.snapshot() as readers:
            rows = await _read(readers[0])
            asked = [(row["id"], row["n"], row["t"]) async for row in readers[0].iterate(ALL)]
            assert (await readers[0].fetch_one("SELECT count(*) AS c FROM suite_items") or {})["c"] == 2500
        assert rows == asked
        assert [row[1] for row in rows] == list(range(2500))

    async def test_all_readers_see_one_state_while_others_write(self, db: Database) -> None:
        for id in ("a", "b"):
            await put(db, id, n=0)
        stopped = False

        async def write() -> None:
            while not stopped:
                async with db.transaction() as tx:
                    for id in ("a", "b"):
                        await tx.execute(BUMP, {"id": id})

        writer = asyncio.ensure_future(write())
        seen = []
        try:
            for _ in range(10):
                async with db.snapshot(3) as readers:
                    assert 1 <= len(readers) <= 3
                    first = [await _read(reader, "SELECT n FROM suite_items ORDER BY id") for reader in readers]
                    await asyncio.sleep(0.002)
                    second = await asyncio.gather(
                        *[_read(reader, "SELECT n FROM suite_items ORDER BY id") for reader in readers]
                    )
                numbers = {row[0] for rows in (*first, *second) for row in rows}
                assert len(numbers) == 1, numbers
                seen.append(numbers.pop())
        finally:
            stopped = True
            await writer
        assert seen == sorted(seen)
        assert seen[-1] > seen[0], "nobody wrote meanwhile"
        assert await number(db, "a") >= seen[-1]

    async def test_a_reader_that_stops_early_leaves_nothing_behind(self, db: Database) -> None:
        await db.execute_many(PUT, [values(f"{n:05}", n=n, t="x" * 500) for n in range(3000)])
        async with db.snapshot(2) as readers:
            for reader in readers:
                found: Any = reader.batches(ALL)
                async with aclosing(found):
                    async for _ in found:
                        break
                assert len(await _read(reader, "SELECT n FROM suite_items WHERE n < 5")) == 5
        await put(db, "z", n=1)
        assert await number(db, "z") == 1
