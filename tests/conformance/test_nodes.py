"""Five processes with wrong clocks on one database: each job is done once, each time of each schedule is kept once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.builtin_plugins.jobs.site import PLUGINS
from tests.engines import for_child
from tests.support import environment

from newel.contracts.database import Database
from newel.structure import rfc3339
from newel.testing.app import build_app
from newel.testing.engines import LASTING, Engine

pytestmark = [pytest.mark.slow, pytest.mark.may_block, pytest.mark.fresh, pytest.mark.engines("postgres", "mysql")]
SKEWS = (-30.0, -11.0, 0.0, 17.0, 30.0)
JOBS = 10_000
"""In all; a fifth of each process."""
SCHEDULES = 1_000
SECONDS = 120
ROOT = Path(__file__).parents[2]
SOON = timedelta(seconds=2)


def node(folder: Path, number: int, skew: float, at: datetime) -> subprocess.Popen[str]:
    words = (number, skew, JOBS // len(SKEWS), SCHEDULES, f"{at.minute} {at.hour} * * *")
    return subprocess.Popen(
        [sys.executable, "-m", "tests.conformance.node", *map(str, words)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment(**for_child(folder)),
    )  # fmt: skip


def heard(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().split()


def told(process: subprocess.Popen[str], words: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{words}\n")
    process.stdin.flush()


async def until(db: Database, count: int) -> None:
    async with asyncio.timeout(SECONDS):
        while (await db.fetch_all("SELECT count(*) AS n FROM things_effects"))[0]["n"] < count:  # noqa: ASYNC110 - as below
            await asyncio.sleep(0.2)  # other processes give no sign


@pytest.mark.timeout(300)
async def test_five_processes_share_everything_once(engine: Engine, tmp_path: Path) -> None:
    app = build_app(PLUGINS[:1], LASTING, folder=tmp_path)
    async with app.running_only(Database):
        # Far enough that it does not come by itself while the jobs are done.
        at = (await app.need(Database).now() + timedelta(hours=2)).replace(second=0, microsecond=0)
    with ExitStack() as stack:
        nodes = [stack.enter_context(node(tmp_path, number, skew, at)) for number, skew in enumerate(SKEWS)]
        for one in nodes:
            stack.callback(one.kill)
        assert [heard(one) for one in nodes] == [["ready"]] * len(nodes)
        async with app.running_only(Database):
            db = app.need(Database)
            begun = time.perf_counter()
            for one in nodes:
                told(one, "put")
            await until(db, JOBS)
            print(f"{JOBS / (time.perf_counter() - begun):,.0f} jobs/s put and done by {len(nodes)} processes")
            begun = time.perf_counter()
            shift = (at - SOON - await db.now()).total_seconds()
            for one in nodes:
                told(one, f"shift {shift}")
            await until(db, JOBS + SCHEDULES)
            print(f"{SCHEDULES} schedules kept in {time.perf_counter() - begun:.1f} s")
        for one in nodes:
            assert one.stdin is not None
            one.stdin.close()
        said = [[line.split() for line in one.stdout or ()][-1] for one in nodes]
        assert [one.wait(30) for one in nodes] == [0] * len(nodes)
        print("shares", [int(words[1]) for words in said])
    async with app.running_only(Database):
        db = app.need(Database)
        notes = Counter(row["note"] for row in await db.fetch_all("SELECT note FROM things_effects"))
        assert notes == Counter([f"{n:05}" for n in range(JOBS)] + [f"s{n:04}" for n in range(SCHEDULES)])
        rows = await db.fetch_all("SELECT due_at, state FROM jobs_queue WHERE kind = 't.work'")
        assert Counter(row["state"] for row in rows) == {"done": JOBS + SCHEDULES}
        assert sum(row["due_at"] == rfc3339(at) for row in rows) == SCHEDULES
