"""More than one process on one file, and processes that die."""

from __future__ import annotations

import asyncio
import random
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tests.builtin_plugins.sqlite.opened import opened
from tests.support import environment

from newel.errors import Transient

pytestmark = pytest.mark.slow
CHILD = Path(__file__).with_name("child.py")
WAIT = 60  # seconds


def prepared(folder: Path) -> Path:
    (folder / "data").mkdir()
    path = folder / "data/newel.db"
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript(
            "CREATE TABLE t (n INTEGER, half INTEGER, PRIMARY KEY (n, half));"
            "CREATE TABLE counter (n INTEGER); INSERT INTO counter VALUES (0);"
        )
    return path


@contextmanager
def child(folder: Path, what: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, str(CHILD), str(folder), what],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(),
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_what_was_committed_survives_a_kill(tmp_path: Path) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    random_ = random.Random(seed)
    for round_ in range(4):
        folder = tmp_path / str(round_)
        folder.mkdir()
        path = prepared(folder)
        with child(folder, "write") as process:
            told = [int(line(process)) for _ in range(random_.randrange(5, 120))]
            process.kill()
            assert process.stdout is not None
            told += [int(rest) for rest in process.stdout.read().splitlines() if rest]
        with closing(sqlite3.connect(path)) as raw:
            assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            there = dict(raw.execute("SELECT n, count(*) FROM t GROUP BY n"))
        assert set(told) <= set(there), "a commit that was told of is there"
        assert set(there.values()) == {2}, "each transaction is whole"


def test_processes_take_turns(tmp_path: Path) -> None:
    path = prepared(tmp_path)
    with child(tmp_path, "bump") as one, child(tmp_path, "bump") as other, child(tmp_path, "bump") as third:
        assert [line(process) for process in (one, other, third)] == ["done"] * 3
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT n FROM counter").fetchone() == (300,)


@pytest.mark.may_block
async def test_another_process_writes_for_long(tmp_path: Path) -> None:
    prepared(tmp_path)
    bump = "UPDATE counter SET n = n + 1"
    with child(tmp_path, "hold") as holder:
        assert line(holder) == "held"
        async with opened(tmp_path, busy_timeout=0.2) as db:
            for attempt in (db.execute(bump), db.execute_many("INSERT INTO t VALUES (:n, 1)", [{"n": 1}])):
                with pytest.raises(Transient) as caught:
                    await attempt
                assert caught.value.reason == "database_busy"
            with pytest.raises(Transient):
                async with db.transaction():
                    pass
            assert await db.fetch_one("SELECT n FROM counter") == {"n": 0}  # readers do not care
    # Its lock went with it.
    async with asyncio.timeout(WAIT), opened(tmp_path) as db:
        assert await db.execute(bump) == 1


@pytest.mark.may_block
async def test_cancelled_while_another_process_writes(tmp_path: Path) -> None:
    prepared(tmp_path)
    async with opened(tmp_path, busy_timeout=30.0) as db:
        with child(tmp_path, "hold") as holder:
            assert line(holder) == "held"
            for _ in range(10):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.02), db.transaction():
                        pass
            waiting = asyncio.create_task(db.execute("UPDATE counter SET n = n + 1"))
            await asyncio.sleep(0.05)
            assert not waiting.done()
            assert holder.stdin is not None
            holder.stdin.write("go on\n")
            holder.stdin.flush()
            async with asyncio.timeout(WAIT):
                assert await waiting == 1
        assert await db.fetch_one("SELECT n FROM counter") == {"n": 1}
