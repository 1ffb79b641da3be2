"""The server restarts, or is killed: what was acknowledged is kept, errors are only ``Away`` or ``Transient``, and all
is well again without a restart of ours."""

# ruff: noqa: PT012 - the block of a transaction is what raises

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator, Sized
from contextlib import suppress
from pathlib import Path
from time import perf_counter

import pytest
from tests.builtin_plugins.postgres.opened import Databases
from tests.servers import Absent, Server, postgres

from newel.contracts.database import Away
from newel.errors import Transient
from newel_postgres import connecting
from newel_postgres.database import PostgresDatabase

pytestmark = [pytest.mark.engine, pytest.mark.slow]
SECONDS = 60


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One of its own: others go on while it is down."""
    try:
        context = postgres()
        made = context.__enter__()
    except Absent as absent:
        pytest.skip(str(absent))
    yield made
    context.__exit__(None, None, None)


@pytest.fixture
def own(server: Server) -> Iterator[Databases]:
    made = Databases(server)
    yield made
    made.drop()


async def down(server: Server, how: signal.Signals) -> None:
    await asyncio.to_thread(server.stop, how)


async def up(server: Server) -> None:
    """Starts it again. After ``kill -9`` it refuses until its children have noticed, which share its memory."""
    for _ in range(100):
        try:
            await asyncio.to_thread(server.start)
        except RuntimeError as error:
            if "still in use" not in str(error) and "already exists" not in str(error):
                raise
            await asyncio.sleep(0.1)
        else:
            return
    raise AssertionError("it does not start again")


async def well(db: PostgresDatabase) -> None:
    """Returns when a statement goes through."""
    while True:
        try:
            await db.fetch_one("SELECT 1 AS one")
            return
        except Transient:
            await asyncio.sleep(0.05)


async def grown(them: Sized, more: int) -> None:
    goal = len(them) + more
    while len(them) < goal:  # noqa: ASYNC110 - what is waited for are many events
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
async def test_under_load(own: Databases, tmp_path: Path, how: signal.Signals) -> None:
    acknowledged: list[int] = []
    refused: list[Transient] = []
    numbers = iter(range(1_000_000))
    stop = asyncio.Event()

    async with own.opened(tmp_path) as db:
        await db.execute("CREATE TABLE t (id BIGINT PRIMARY KEY)")

        async def writes(whole: bool) -> None:
            while not stop.is_set():
                n = next(numbers)
                try:
                    if whole:
                        async with db.transaction() as tx:
                            await tx.fetch_one("SELECT count(*) AS n FROM t")
                            await tx.execute("INSERT INTO t (id) VALUES (:id)", {"id": n})
                    else:
                        await db.execute("INSERT INTO t (id) VALUES (:id)", {"id": n})
                except Transient as error:
                    refused.append(error)
                    await asyncio.sleep(0.02)
                else:
                    acknowledged.append(n)

        async with asyncio.timeout(SECONDS):
            tasks = [asyncio.create_task(writes(n % 2 == 0)) for n in range(20)]
            await grown(acknowledged, 200)
            await down(own.server, how)
            await grown(refused, 20)
            begun = perf_counter()
            with pytest.raises(Transient):
                await db.fetch_one("SELECT 1 AS one")
            assert perf_counter() - begun < 1, "quickly"
            await up(own.server)
            await grown(acknowledged, 200)
            stop.set()
            await asyncio.gather(*tasks)
            kept = {row["id"] for row in await db.fetch_all("SELECT id FROM t")}
    assert set(acknowledged) <= kept
    assert any(isinstance(error, Away) for error in refused)
    assert {error.reason for error in refused} <= {"database_away", "database_busy"}


async def test_a_restart_while_nobody_asks_is_never_noticed(own: Databases, tmp_path: Path) -> None:
    async with own.opened(tmp_path) as db, asyncio.timeout(SECONDS):
        await db.fetch_one("SELECT 1 AS one")
        await down(own.server, signal.SIGINT)
        await up(own.server)
        assert await db.fetch_one("SELECT 1 AS one") == {"one": 1}


async def test_a_transaction_in_the_middle_ends_as_away(own: Databases, tmp_path: Path) -> None:
    async with own.opened(tmp_path) as db, asyncio.timeout(SECONDS):
        await db.execute("CREATE TABLE t (id BIGINT PRIMARY KEY)")
        with pytest.raises(Away):
            async with db.transaction() as tx:
                await tx.execute("INSERT INTO t VALUES (1)")
                await down(own.server, signal.SIGKILL)
                await up(own.server)
                await asyncio.sleep(0.05)
        await well(db)
        assert await db.fetch_all("SELECT id FROM t") == []
        assert db.pool.opened <= 2


async def test_listeners_come_back_and_are_told_to_look(own: Databases, tmp_path: Path) -> None:
    async with own.opened(tmp_path) as db, asyncio.timeout(SECONDS), db.listen("one", "two") as signals:
        await db.notify("one", "1")
        assert await anext(signals) == ("one", "1")
        await down(own.server, signal.SIGKILL)
        await up(own.server)
        assert {await anext(signals), await anext(signals)} == {("one", ""), ("two", "")}
        await well(db)
        await db.notify("two", "2")
        assert await anext(signals) == ("two", "2")


async def test_a_lock_that_was_lost_is_said_at_the_end_of_its_block(own: Databases, tmp_path: Path) -> None:
    async with own.opened(tmp_path) as db, asyncio.timeout(SECONDS):
        with pytest.raises(Away, match="somebody else may have it"):
            async with db.lock("one"):
                await down(own.server, signal.SIGKILL)
                await up(own.server)
                await asyncio.sleep(0.05)
        await well(db)
        async with db.lock("one", wait=1):
            pass


async def test_a_client_that_dies_frees_its_lock(own: Databases, tmp_path: Path) -> None:
    async with own.opened(tmp_path) as db, asyncio.timeout(SECONDS):
        held = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND database = "
        held += "(SELECT oid FROM pg_database WHERE datname = current_database())"
        with pytest.raises(Away):
            async with db.lock("one"):
                row = await db.fetch_one(held)
                assert row is not None
                await db.fetch_one("SELECT pg_terminate_backend(:pid)::int AS done", {"pid": row["pid"]})
                async with own.opened(tmp_path) as other, other.lock("one", wait=5):
                    pass


async def test_a_network_that_swallows_everything(
    own: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody says that the connection is gone; the answer is waited for only so long."""
    monkeypatch.setattr(connecting, "GRACE", 0.2)
    swallowing = asyncio.Event()

    async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if not swallowing.is_set():
                    writer.write(data)
        writer.close()

    async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", own.server.port)
        await asyncio.gather(passed_on(reader, back), passed_on(there, writer))

    async with await asyncio.start_server(between, "127.0.0.1") as proxy, asyncio.timeout(SECONDS):
        url = (await own.url(tmp_path)).replace(str(own.server.port), str(proxy.sockets[0].getsockname()[1]))
        async with own.opened(tmp_path, url, statement_seconds=0.1, connect_seconds=0.2, pool_min=1) as db:
            await db.fetch_one("SELECT 1 AS one")
            swallowing.set()
            begun = perf_counter()
            for _ in range(2):
                with pytest.raises(Away):
                    await db.fetch_one("SELECT 1 AS one")
            assert perf_counter() - begun < 3
            swallowing.clear()
            await well(db)
