"""``kill -9`` of a process anywhere between an act and its end: nothing is lost, and no effect happens twice."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.builtin_plugins.jobs.child import CONFIG, LEASE, kinds, listen
from tests.builtin_plugins.jobs.site import LISTENS, effects, site, work
from tests.engines import for_child
from tests.support import environment

from newel.app import App
from newel.contracts.database import Database
from newel.testing import FakeClock

ROOT = Path(__file__).parents[3]
SEED = 20_300_119
WHERE = ["in the handler", "while it completes", "after completion", "in the hook", "after the hook"]
pytestmark = pytest.mark.may_block  # waiting for the child is what these tests do


def child(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.builtin_plugins.jobs.child", str(folder), *arguments],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment(**for_child(folder)),
    )  # fmt: skip


def kill(process: subprocess.Popen[str]) -> list[str]:
    """Kills it, and answers what it still had said."""
    process.send_signal(signal.SIGKILL)
    assert process.stdout is not None
    with process.stdout:
        lines = process.stdout.read().splitlines()
    process.wait(30)
    return lines


def killed_when_ready(folder: Path, *arguments: str) -> None:
    process = child(folder, *arguments)
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == "ready to die":
            break
    else:
        raise AssertionError("it ended by itself")
    kill(process)


async def taken_up(folder: Path, clock: FakeClock) -> tuple[App, list[str]]:
    """Another process takes over what the lost one had; a second later than its leases."""
    async with site(LISTENS, kinds=kinds(), folder=folder, config=CONFIG, clock=clock) as app:
        listen(app)
        # The lost process went by real time.
        await clock.advance(time.time() - clock.now().timestamp() + LEASE + 1)
        for _ in range(20):
            await work(app)
            waiting = await app.need(Database).fetch_all("SELECT seq FROM jobs_events")
            running = await app.need(Database).fetch_all("SELECT id FROM jobs_queue WHERE state <> 'done'")
            if not waiting and not running:
                break
            await clock.advance(10)
        states = [
            row["state"]
            for row in await app.need(Database).fetch_all("SELECT state FROM jobs_queue WHERE kind = 't.work'")
        ]
        assert await app.need(Database).fetch_all("SELECT seq FROM jobs_events") == []
        assert set(states) <= {"done"}
        return app, await effects(app)


def clock() -> FakeClock:
    return FakeClock(datetime(2026, 1, 1, tzinfo=UTC))


async def test_between_the_commit_and_the_delivery(tmp_path: Path) -> None:
    killed_when_ready(tmp_path, "commit", "5")
    app, found = await taken_up(tmp_path, clock())
    assert len(found) == 10, "an effect of each event and of each job"
    assert sorted(app.plugins["listens"].heard) == [(f"e{number}", number) for number in range(5)]  # type: ignore[attr-defined]  # the test's own plugin


@pytest.mark.parametrize("where", WHERE)
async def test_at_a_place_where_it_hurts(where: str, tmp_path: Path) -> None:
    killed_when_ready(tmp_path, where)
    _, found = await taken_up(tmp_path, clock())
    assert len(found) == 2, "one of the event, one of the job"


@pytest.mark.slow
async def test_anywhere_while_it_acts_and_works(tmp_path: Path) -> None:
    """What was committed (and said so) has its two effects each; what was cut off has both or none."""
    print("seed", SEED)
    dice = random.Random(SEED)
    kept = 0
    for _ in range(4):
        process = child(tmp_path, "storm")
        assert process.stdout is not None
        wanted = dice.randrange(5, 60)
        said = 0
        for line in process.stdout:
            if line.startswith("kept"):
                said += 1
                if said == wanted:
                    break
        said += sum(line.startswith("kept") for line in kill(process))
        assert said >= wanted
        kept += said
    _, found = await taken_up(tmp_path, clock())
    assert len(found) % 2 == 0
    assert 2 * kept <= len(found) <= 2 * (kept + 4)
