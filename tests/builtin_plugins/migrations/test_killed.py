"""Killed at any point, the next start goes on; of several processes, one applies each step."""

from __future__ import annotations

import random
import secrets
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from tests.support import environment

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
COUNT = 25


def migrating(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.builtin_plugins.migrations.child", str(folder), str(COUNT)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment(),
    )  # fmt: skip


def ledger(path: Path) -> list[int]:
    """The steps that have landed, after checking that each is whole and no other has left anything."""
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        made = {name for (name,) in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        if "migrations_ledger" not in made:
            assert not made
            return []
        landed = [number for (number,) in raw.execute("SELECT number FROM migrations_ledger ORDER BY number")]
        assert made == {"migrations_ledger", *(f"notes_t{number}" for number in landed)}
        for number in landed:
            assert raw.execute(f"SELECT count(*) FROM notes_t{number}").fetchone() == (20,)
    return landed


def test_the_next_start_goes_on(tmp_path: Path) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    random_ = random.Random(seed)
    path = tmp_path / "newel.db"
    reached: list[int] = []
    for _ in range(8):
        with migrating(tmp_path) as process:
            # Killed at some point while steps land: soon after the file has changed again.
            deadline = time.monotonic() + 30
            before = len(reached)
            while process.poll() is None and time.monotonic() < deadline:
                if path.exists() and _landed(path) > before:
                    break
                time.sleep(0.002)
            time.sleep(random_.uniform(0, 0.02))
            process.kill()
        landed = ledger(path)
        assert landed == list(range(1, len(landed) + 1))
        assert landed[: len(reached)] == reached
        reached = landed
    with migrating(tmp_path) as process:
        assert process.communicate(timeout=60)[0].split() == ["begun", str(COUNT)]
    assert ledger(path) == list(range(1, COUNT + 1))


def _landed(path: Path) -> int:
    with closing(sqlite3.connect(path)) as raw:
        try:
            found: tuple[int] = raw.execute("SELECT count(*) FROM migrations_ledger").fetchone()
        except sqlite3.OperationalError:  # not there yet, or locked
            return 0
    return found[0]


def test_several_processes_at_once(tmp_path: Path) -> None:
    processes = [migrating(tmp_path) for _ in range(4)]
    told = [process.communicate(timeout=90)[0].split() for process in processes]
    assert told == [["begun", str(COUNT)]] * 4
    assert ledger(tmp_path / "newel.db") == list(range(1, COUNT + 1))
