"""A server that goes and comes back: nothing acknowledged is missing, and the site needs no restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.builtin_plugins.mysql import opened as place
from tests.builtin_plugins.mysql.opened import opened
from tests.servers import Server, mysql

from newel.contracts.database import Away
from newel.errors import Transient
from newel_mysql.database import MysqlDatabase

pytestmark = [pytest.mark.engine, pytest.mark.slow]
SECONDS = 60


@pytest.fixture
def own(server: Server) -> Iterator[Server]:
    with mysql() as started:
        place.use(started)
        yield started
    place.use(server)


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_under_load_nothing_acknowledged_is_lost(own: Server, tmp_path: Path, how: str) -> None:
    done: set[str] = set()
    odd: list[BaseException] = []
    failed = 0
    stopping = False

    async with opened(tmp_path, pool_max=5, wait_seconds=1, connect_seconds=1) as db:
        await db.execute("CREATE TABLE t (id VARCHAR(20) PRIMARY KEY, n INTEGER NOT NULL)")

        async def write(worker: int) -> None:
            nonlocal failed
            n = 0
            while not stopping:
                n += 1
                id = f"{worker}-{n}"
                try:
                    async with db.transaction() as tx:
                        await tx.execute("INSERT INTO t VALUES (:id, 0)", {"id": id})
                        await tx.execute("UPDATE t SET n = 1 WHERE id = :id", {"id": id})
                    done.add(id)
                except Transient:
                    failed += 1
                    await asyncio.sleep(0.01)
                except Exception as error:  # noqa: BLE001 - that there is none is what is tested
                    odd.append(error)
                    return

        async with asyncio.timeout(SECONDS):
            workers = [asyncio.create_task(write(n)) for n in range(8)]
            await _until(lambda: len(done) > 100)
            await asyncio.to_thread(own.stop if how == "stop" else own.kill)
            before = len(done)
            await _until(lambda: failed > 20)
            await asyncio.to_thread(own.start)
            await _until(lambda: len(done) > before + 100 or bool(odd))
            stopping = True
            await asyncio.gather(*workers)
        assert odd == []
        rows = await db.fetch_all("SELECT id, n FROM t")
        assert done <= {row["id"] for row in rows}
        assert {row["n"] for row in rows} == {1}, "each transaction is there whole or not at all"
        assert await db.check() == []


async def _until(what: Callable[[], bool]) -> None:
    while not what():  # noqa: ASYNC110 - a server gives no sign
        await asyncio.sleep(0.01)


async def test_while_it_is_away_everything_says_so_at_once(own: Server, tmp_path: Path) -> None:
    async with opened(tmp_path, pool_max=3, connect_seconds=1) as db:
        with pytest.raises(Away, match="somebody else may have it"):
            async with db.lock("held"):
                await _gone_and_back(own, db)
        async with asyncio.timeout(SECONDS), db.lock("held", wait=5):
            pass


async def _gone_and_back(own: Server, db: MysqlDatabase) -> None:
    await asyncio.to_thread(own.kill)
    async with asyncio.timeout(10):
        for _ in range(20):
            with pytest.raises(Away):
                await db.fetch_one("SELECT 1")
            with pytest.raises(Away):
                async with db.transaction():
                    pass
    await asyncio.to_thread(own.start)
    async with asyncio.timeout(10):
        while True:
            try:
                assert await db.fetch_one("SELECT 1 AS one") == {"one": 1}
                return
            except Away:
                await asyncio.sleep(0.05)
