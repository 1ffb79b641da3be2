"""Many tasks at once, some of them cancelled anywhere."""

# ruff: noqa: PT012 - the block of a transaction is what raises

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable

import pytest
import sqlalchemy as sa

from newel.contracts.database import Database, Queries
from newel.testing.database_cases.tables import BUMP, ids, items, number, put

SECONDS = 60


def _seeded() -> random.Random:
    seed = secrets.randbits(32)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it when the test fails
    return random.Random(seed)  # noqa: S311 - a test's choices


async def _read_for_update(db: Database, tx: Queries, id: str) -> int:
    """What a transaction reads and relies on it locks; where there is one writer, this is a plain read."""
    statement = sa.select(items.c.n).where(items.c.id == sa.bindparam("id")).with_for_update()
    row = await tx.fetch_one(db.render(statement), {"id": id})
    assert row is not None
    return int(row["n"])


async def _increment(db: Database, id: str) -> None:
    async with db.transaction() as tx:
        n = await _read_for_update(db, tx, id)
        await tx.execute("UPDATE suite_items SET n = :n WHERE id = :id", {"n": n + 1, "id": id})


class Concurrency:
    """What holds when everybody comes at once."""

    async def test_reading_then_writing_loses_nothing(self, db: Database) -> None:
        await put(db, "a")

        async def fifty() -> None:
            for _ in range(50):
                await _increment(db, "a")

        async with asyncio.timeout(SECONDS):
            await asyncio.gather(*(fifty() for _ in range(8)))
        assert await number(db, "a") == 400

    async def test_writers_are_served_in_the_order_they_came(self, narrow: Database) -> None:
        db = narrow
        order: list[int] = []

        async def write(n: int) -> None:
            if n % 3 == 0:  # a lone statement queues with the transactions
                await put(db, f"{n:02}", n=n)
                order.append(n)
            else:
                async with db.transaction() as tx:
                    order.append(n)
                    await put(tx, f"{n:02}", n=n)

        async with asyncio.timeout(SECONDS):
            async with db.transaction() as tx:
                tasks = []
                for n in range(20):
                    tasks.append(asyncio.create_task(write(n)))
                    await asyncio.sleep(0.001)
                assert order == []
                await put(tx, "first")
            await asyncio.gather(*tasks)
        assert order == list(range(20))

    async def test_writers_of_one_row_wait_for_each_other(self, db: Database) -> None:
        await put(db, "a")
        tasks: list[asyncio.Task[object]] = []
        async with asyncio.timeout(SECONDS):
            async with db.transaction() as tx:
                await tx.execute(BUMP, {"id": "a"})
                for _ in range(3):
                    tasks += [
                        asyncio.create_task(db.execute(BUMP, {"id": "a"})),
                        asyncio.create_task(_increment(db, "a")),
                    ]
                await asyncio.sleep(0.05)
                assert not any(task.done() for task in tasks)
                assert await number(tx, "a") == 1
            await asyncio.gather(*tasks)
        assert await number(db, "a") == 7

    async def test_a_read_sees_every_commit_before_it(self, db: Database) -> None:
        await put(db, "a")
        for n in range(200):
            if n % 2:
                await _increment(db, "a")
            else:
                await db.execute(BUMP, {"id": "a"})
            assert await number(db, "a") == n + 1
            async with db.transaction(read_only=True) as snapshot:
                assert await number(snapshot, "a") == n + 1

    async def test_readers_wait_for_no_writer(self, db: Database) -> None:
        await put(db, "a")
        async with asyncio.timeout(SECONDS), db.transaction() as tx:
            await tx.execute(BUMP, {"id": "a"})
            assert set(await asyncio.gather(*(number(db, "a") for _ in range(100)))) == {0}

    async def test_a_crowd_of_readers_and_writers(self, db: Database) -> None:
        await put(db, "a")
        jobs: list[Callable[[], Awaitable[object]]] = [
            lambda: db.execute(BUMP, {"id": "a"}),
            lambda: _increment(db, "a"),
            lambda: number(db, "a"),
            lambda: ids(db),
        ]
        async with asyncio.timeout(SECONDS):
            await asyncio.gather(*(jobs[n % 4]() for n in range(400)))
        assert await number(db, "a") == 200

    async def test_cancelled_in_the_block_is_rolled_back(self, db: Database) -> None:
        inside = asyncio.Event()

        async def write() -> None:
            async with db.transaction() as tx:
                await put(tx, "a")
                inside.set()
                await asyncio.sleep(SECONDS)

        task = asyncio.create_task(write())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await ids(db) == []
        await put(db, "b")

    async def test_cancelled_in_the_queue_disturbs_nobody(self, narrow: Database) -> None:
        db = narrow
        async with asyncio.timeout(SECONDS):
            async with db.transaction() as tx:
                tasks = [asyncio.create_task(put(db, f"{n:02}")) for n in range(20)]
                await asyncio.sleep(0.01)
                for task in tasks[::2]:
                    task.cancel()
                await put(tx, "first")
            answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(answer, asyncio.CancelledError) for answer in answers] == [True, False] * 10
        assert await ids(db) == [*(f"{n:02}" for n in range(1, 20, 2)), "first"]

    async def test_a_deadline_in_the_block_rolls_back(self, db: Database) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02), db.transaction() as tx:
                await put(tx, "a")
                await asyncio.sleep(SECONDS)
        assert await ids(db) == []

    async def test_what_is_committed_after_a_swallowed_cancellation_is_whole(self, db: Database) -> None:
        """A write was cancelled, the block went on. Either the commit fails, or both writes are there."""
        random_ = _seeded()
        await put(db, "a")
        await put(db, "b")
        for n in range(40):
            before = (await number(db, "a"), await number(db, "b"))
            failed = False
            try:
                async with db.transaction() as tx:
                    task = asyncio.create_task(tx.execute(BUMP, {"id": "a"}))
                    await asyncio.sleep(random_.choice([0, 0, 0.00002, 0.0002]))
                    task.cancel()
                    await asyncio.gather(task, return_exceptions=True)
                    begun = n  # the second write may be refused already
                    await tx.execute(BUMP, {"id": "b"})
                    failed = begun != n
            except RuntimeError:
                failed = True
            after = (await number(db, "a"), await number(db, "b"))
            if failed:
                assert after == before
            elif not task.cancelled():
                assert after == (before[0] + 1, before[1] + 1)
            else:  # cancelled before it was sent: nobody was promised anything
                assert after == (before[0], before[1] + 1)

    async def test_a_storm_of_cancellations(self, db: Database) -> None:
        random_ = _seeded()
        await put(db, "count")
        done: set[str] = set()

        async def write(id: str) -> None:
            async with db.transaction() as tx:
                await put(tx, id)
                n = await _read_for_update(db, tx, "count")
                async with tx.savepoint():
                    await tx.execute("UPDATE suite_items SET n = :n WHERE id = 'count'", {"n": n + 1})
            done.add(id)

        async def read() -> None:
            async with db.transaction(read_only=True) as snapshot:
                await ids(snapshot)
            await ids(db)
            async for _ in db.iterate("SELECT id FROM suite_items"):
                pass

        async def cancelled(task: asyncio.Task[None], seconds: float) -> None:
            await asyncio.sleep(seconds)
            task.cancel()
            if random_.random() < 0.3:  # the impatient cancel twice
                await asyncio.sleep(0)
                task.cancel()

        async with asyncio.timeout(SECONDS):
            for storm in range(4):
                writers = [asyncio.create_task(write(f"w{storm}-{n:03}")) for n in range(80)]
                readers = [asyncio.create_task(read()) for _ in range(40)]
                tasks = [task for task in (*writers, *readers) if random_.random() < 0.8]
                await asyncio.gather(*(cancelled(task, random_.uniform(0, 0.06)) for task in tasks))
                await asyncio.gather(*writers, *readers, return_exceptions=True)
                rows = set(await ids(db)) - {"count"}
                assert done <= rows, "a commit that returned is there"
                assert await number(db, "count") == len(rows), "each transaction is there whole or not at all"
            async with db.transaction() as tx:
                await put(tx, "after")
            await asyncio.gather(*(ids(db) for _ in range(50)))
        assert await db.check() == []

    async def test_a_storm_on_lone_statements(self, db: Database) -> None:
        random_ = _seeded()
        await put(db, "a")
        answers: list[int] = []

        async def write() -> None:
            answers.append(await db.execute(BUMP, {"id": "a"}))

        async with asyncio.timeout(SECONDS):
            tasks = [asyncio.create_task(write()) for _ in range(200)]
            for task in tasks:
                await asyncio.sleep(random_.choice([0, 0, 0, 0.0005]))
                if random_.random() < 0.6:
                    task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            counted = await number(db, "a")
            assert len(answers) <= counted <= 200
            await db.execute(BUMP, {"id": "a"})
            assert await number(db, "a") == counted + 1
