"""Killed at any point, the next start goes on; of several processes, one applies each step."""

from __future__ import annotations

import random
import secrets
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.engines import for_child
from tests.support import environment

from newel.contracts.database import Database
from newel.testing import make_app
from newel.testing.engines import LASTING

pytestmark = [
    pytest.mark.fresh,
    pytest.mark.slow,
    pytest.mark.may_block,
]  # waiting for the child is what these tests do
ROOT = Path(__file__).parents[3]
COUNT = 25


def migrating(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.builtin_plugins.migrations.child", str(folder), str(COUNT)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment(**for_child(folder)),
    )  # fmt: skip


async def ledger(folder: Path) -> list[int]:
    """The steps that have landed, after checking that each is whole and no other has left anything (where the engine
    undoes changes of tables; else at most the one that was begun)."""
    async with make_app(["database"], LASTING, folder=folder) as app:
        db = app.need(Database)
        assert await db.check() == []
        made = {shape.name for shape in await db.tables()}
        if "migrations_ledger" not in made:
            assert not made
            return []
        rows = await db.fetch_all("SELECT number FROM migrations_ledger ORDER BY number")
        landed = [int(row["number"]) for row in rows]
        left = made - {"migrations_ledger", "migrations_progress", *(f"notes_t{number}" for number in landed)}
        assert left <= ({f"notes_t{len(landed) + 1}"} if db.dialect == "mysql" else set())
        for number in landed:
            assert await db.fetch_one(f"SELECT count(*) AS c FROM notes_t{number}") == {"c": 20}
        return landed


def killed_after(folder: Path, steps: int, seconds: float) -> None:
    """Starts it, waits until it has come to some step, and a little longer."""
    with migrating(folder) as process:
        assert process.stdout is not None
        for line in process.stdout:
            steps -= line == "step\n"
            if steps < 0 or line.strip().isdigit():
                break
        time.sleep(seconds)  # the kill comes anywhere within the step
        process.kill()


async def test_the_next_start_goes_on(tmp_path: Path) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    random_ = random.Random(seed)
    reached: list[int] = []
    for _ in range(6):
        killed_after(tmp_path, random_.randrange(4), random_.uniform(0, 0.02))
        landed = await ledger(tmp_path)
        assert landed == list(range(1, len(landed) + 1))
        assert landed[: len(reached)] == reached
        reached = landed
    with migrating(tmp_path) as process:
        told = process.communicate(timeout=60)[0].split()
        assert (told[0], told[-1]) == ("begun", str(COUNT))
    assert await ledger(tmp_path) == list(range(1, COUNT + 1))


async def test_several_processes_at_once(tmp_path: Path) -> None:
    processes = [migrating(tmp_path) for _ in range(4)]
    told = [process.communicate(timeout=90)[0].split() for process in processes]
    assert [(words[0], words[-1]) for words in told] == [("begun", str(COUNT))] * 4
    assert sum(words.count("step") for words in told) == COUNT, "each step was written out by one of them"
    assert await ledger(tmp_path) == list(range(1, COUNT + 1))
