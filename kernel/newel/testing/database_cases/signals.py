"""Locks, signals and the engine's clock."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from newel.contracts.database import Database
from newel.errors import Transient

SECONDS = 30


class Signals:
    """What callers on one database do to each other without a table."""

    if TYPE_CHECKING:
        keeps: ClassVar[bool]

        def make(self, folder: Path) -> AbstractAsyncContextManager[Database]: ...

    async def test_it_names_its_server_and_version(self, db: Database) -> None:
        assert any(character.isdigit() for character in db.server)
        assert isinstance(db.collation, str)

    async def test_its_clock_is_in_utc_and_goes_on(self, db: Database) -> None:
        first = await db.now()
        second = await db.now()
        assert first.tzinfo is not None
        assert first.utcoffset() == timedelta(0)
        assert first <= second
        assert abs(first - datetime.now(UTC)) < timedelta(minutes=5)

    async def test_a_lock_has_one_holder(self, db: Database) -> None:
        inside = 0
        most = 0

        async def hold() -> None:
            nonlocal inside, most
            async with db.lock("suite"):
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0.005)
                inside -= 1

        async with asyncio.timeout(SECONDS):
            await asyncio.gather(*(hold() for _ in range(5)))
        assert (inside, most) == (0, 1)

    async def test_locks_of_other_names_do_not_meet(self, db: Database) -> None:
        async with asyncio.timeout(SECONDS), db.lock("suite-a"), db.lock("suite-b"):
            pass

    async def test_a_lock_is_waited_for_only_so_long(self, db: Database) -> None:
        async with asyncio.timeout(SECONDS), db.lock("suite"):
            with pytest.raises(Transient) as caught:
                async with db.lock("suite", wait=0.05):
                    raise AssertionError("held twice")
            assert caught.value.reason == "locked"
        async with asyncio.timeout(SECONDS), db.lock("suite", wait=1):
            pass

    async def test_a_lock_is_freed_by_an_error_and_by_cancelling(self, db: Database) -> None:
        with pytest.raises(ZeroDivisionError):
            async with db.lock("suite"):
                raise ZeroDivisionError
        held = asyncio.Event()

        async def hold() -> None:
            async with db.lock("suite"):
                held.set()
                await asyncio.sleep(SECONDS)

        task = asyncio.create_task(hold())
        await held.wait()
        waiting = asyncio.create_task(hold())
        await asyncio.sleep(0.01)
        for one in (waiting, task):
            one.cancel()
        await asyncio.gather(task, waiting, return_exceptions=True)
        async with asyncio.timeout(SECONDS), db.lock("suite"):
            pass

    async def test_a_lock_is_no_transaction(self, db: Database) -> None:
        async with asyncio.timeout(SECONDS), db.lock("suite"):
            await db.execute("INSERT INTO suite_items (id, k, n) VALUES ('a', 'a', 1)")
            async with db.transaction() as tx:
                await tx.execute("UPDATE suite_items SET n = 2 WHERE id = 'a'")

    async def test_another_connection_of_the_same_database_meets_the_lock(self, tmp_path: Path) -> None:
        met = False
        async with self.make(tmp_path) as one, self.make(tmp_path) as two, asyncio.timeout(SECONDS), one.lock("suite"):
            try:
                async with two.lock("suite", wait=0):
                    pass
            except Transient:
                met = True
        assert met is self.keeps, "a database for one run is never shared"

    async def test_signals_reach_listeners_of_their_channel(self, db: Database) -> None:
        async with asyncio.timeout(SECONDS), db.listen("suite_a", "suite_b") as signals:
            await db.notify("suite_c", "not for us")
            await db.notify("suite_a", "ä")
            await db.notify("suite_b")
            assert [await anext(signals), await anext(signals)] == [("suite_a", "ä"), ("suite_b", "")]

    async def test_signals_reach_other_processes_where_it_says_so(self, tmp_path: Path) -> None:
        async with self.make(tmp_path) as one, self.make(tmp_path) as two, two.listen("suite") as signals:
            await one.notify("suite", "1")
            if one.reaches_all:
                async with asyncio.timeout(SECONDS):
                    assert await anext(signals) == ("suite", "1")
            else:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await anext(signals)

    @pytest.mark.parametrize(("channel", "payload"), [("No", ""), ("a-b", ""), ("", ""), ("a", "x" * 4001)])
    async def test_what_is_no_signal_is_refused(self, db: Database, channel: str, payload: str) -> None:
        with pytest.raises(ValueError, match=r"channel|payload"):
            await db.notify(channel, payload)

    @pytest.mark.parametrize("name", ["", "A", "a b", "../a", "x" * 49])
    async def test_what_is_no_name_of_a_lock_is_refused(self, db: Database, name: str) -> None:
        with pytest.raises(ValueError, match="no name for a lock"):
            async with db.lock(name):
                pass
