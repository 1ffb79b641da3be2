"""Everything or nothing; savepoints; snapshots."""

# ruff: noqa: PT012 - the block of a transaction is what raises

from __future__ import annotations

import asyncio

import pytest

from newel.contracts.database import Database, UniqueViolation
from newel.testing.database_cases.tables import BUMP, PUT, ids, number, put, values

SOON = 10.0  # seconds in which something must happen that waits for nobody


class Transactions:
    """Transactions on one task."""

    async def test_a_block_that_ends_is_committed(self, db: Database) -> None:
        async with db.transaction() as tx:
            await put(tx, "a")
            await put(tx, "b")
        assert await ids(db) == ["a", "b"]

    async def test_a_block_that_raises_leaves_nothing_and_raises_the_same(self, db: Database) -> None:
        fault = ZeroDivisionError("mine")
        with pytest.raises(ZeroDivisionError) as caught:
            async with db.transaction() as tx:
                await put(tx, "a")
                raise fault
        assert caught.value is fault
        assert await ids(db) == []

    async def test_an_engine_error_rolls_back_what_went_before(self, db: Database) -> None:
        await put(db, "taken")
        with pytest.raises(UniqueViolation):
            async with db.transaction() as tx:
                await put(tx, "a")
                await put(tx, "taken")
        assert await ids(db) == ["taken"]

    async def test_it_sees_its_own_writes_and_nobody_else_does(self, db: Database) -> None:
        async with db.transaction() as tx:
            await put(tx, "a")
            assert await ids(tx) == ["a"]
            assert await ids(db) == []
        assert await ids(db) == ["a"]

    async def test_it_may_be_empty(self, db: Database) -> None:
        async with db.transaction():
            pass
        await put(db, "a")

    async def test_it_counts_as_the_database_does(self, db: Database) -> None:
        async with db.transaction() as tx:
            assert await put(tx, "a") == 1
            assert await tx.execute_many(PUT, [values("b"), values("c")]) == 2
            assert await tx.execute_many(PUT, []) == 0
            assert await tx.execute(BUMP, {"id": "gone"}) == 0
            assert await tx.fetch_one("SELECT count(*) AS c FROM suite_items") == {"c": 3}
            assert len(await tx.fetch_all("SELECT id FROM suite_items")) == 3

    async def test_after_its_block_it_is_of_no_use(self, db: Database) -> None:
        async with db.transaction() as tx:
            await put(tx, "a")
        with pytest.raises(RuntimeError):
            await put(tx, "b")
        with pytest.raises(RuntimeError):
            await tx.fetch_all("SELECT id FROM suite_items")
        assert await ids(db) == ["a"]

    async def test_several_tasks_may_use_it(self, db: Database) -> None:
        async with db.transaction() as tx:
            await asyncio.gather(*(put(tx, f"{n:02}") for n in range(30)))
            assert len(await ids(tx)) == 30
        assert len(await ids(db)) == 30

    async def test_a_savepoint_is_undone_alone(self, db: Database) -> None:
        async with db.transaction() as tx:
            await put(tx, "a")
            with pytest.raises(ZeroDivisionError):
                async with tx.savepoint():
                    await put(tx, "b")
                    raise ZeroDivisionError
            await put(tx, "c")
        assert await ids(db) == ["a", "c"]

    async def test_a_savepoint_that_ends_is_kept(self, db: Database) -> None:
        async with db.transaction() as tx, tx.savepoint():
            await put(tx, "a")
        assert await ids(db) == ["a"]

    async def test_a_kept_savepoint_goes_with_its_transaction(self, db: Database) -> None:
        with pytest.raises(ZeroDivisionError):
            async with db.transaction() as tx:
                async with tx.savepoint():
                    await put(tx, "a")
                raise ZeroDivisionError
        assert await ids(db) == []

    async def test_savepoints_nest(self, db: Database) -> None:
        async with db.transaction() as tx:
            with pytest.raises(ZeroDivisionError):
                async with tx.savepoint():
                    await put(tx, "a")
                    async with tx.savepoint():
                        await put(tx, "b")
                    raise ZeroDivisionError
            async with tx.savepoint():
                with pytest.raises(ZeroDivisionError):
                    async with tx.savepoint():
                        await put(tx, "c")
                        raise ZeroDivisionError
                await put(tx, "d")
        assert await ids(db) == ["d"]

    async def test_a_savepoint_makes_an_engine_error_harmless(self, db: Database) -> None:
        await put(db, "taken")
        async with db.transaction() as tx:
            await put(tx, "a")
            for failing in (put(tx, "taken"), tx.execute_many(PUT, [values("b"), values("taken")])):
                with pytest.raises(UniqueViolation):
                    async with tx.savepoint():
                        await failing
            await put(tx, "c")
        assert await ids(db) == ["a", "c", "taken"]

    async def test_a_snapshot_does_not_change(self, db: Database) -> None:
        await put(db, "a")
        async with db.transaction(read_only=True) as snapshot:
            await put(db, "b")  # committed before the snapshot has read anything
            assert await ids(snapshot) == ["a"]
            await put(db, "c")
            assert await ids(snapshot) == ["a"]
            assert await ids(db) == ["a", "b", "c"]
        assert await ids(db) == ["a", "b", "c"]

    async def test_a_snapshot_is_whole(self, db: Database) -> None:
        await put(db, "a", n=0)
        await put(db, "b", n=0)

        async def write() -> None:
            for _ in range(50):
                async with db.transaction() as tx:
                    await tx.execute(BUMP, {"id": "a"})
                    await asyncio.sleep(0)
                    await tx.execute(BUMP, {"id": "b"})

        writing = asyncio.create_task(write())
        while not writing.done():
            async with db.transaction(read_only=True) as snapshot:
                first = await number(snapshot, "a")
                await asyncio.sleep(0)
                assert await number(snapshot, "b") == first
        await writing

    async def test_a_snapshot_refuses_to_write(self, db: Database) -> None:
        async with db.transaction(read_only=True) as snapshot:
            with pytest.raises(RuntimeError):
                await put(snapshot, "a")
        async with db.transaction(read_only=True) as snapshot:
            with pytest.raises(RuntimeError):
                await snapshot.execute_many(PUT, [values("b")])
        assert await ids(db) == []

    async def test_a_snapshot_waits_for_no_writer(self, db: Database) -> None:
        await put(db, "a")
        async with asyncio.timeout(SOON), db.transaction() as tx:
            await put(tx, "b")
            async with db.transaction(read_only=True) as snapshot:
                assert await ids(snapshot) == ["a"]

    async def test_a_writer_waits_for_no_snapshot(self, db: Database) -> None:
        async with asyncio.timeout(SOON), db.transaction(read_only=True) as snapshot:
            assert await ids(snapshot) == []
            await put(db, "a")
        assert await ids(db) == ["a"]
