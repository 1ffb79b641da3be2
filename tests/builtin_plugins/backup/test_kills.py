"""``kill -9`` at every stage of a backup and of pruning: whole snapshots stay whole, and the next run goes on."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from tests.builtin_plugins.backup.restored import made
from tests.builtin_plugins.backup.site import Site
from tests.s3 import Bucket

from newel.cli.site import Site as Folder
from newel_backup.model import Verified
from newel_backup.repo.faults import Locked

CHILD = Path(__file__).with_name("killed_child.py")
PDF = b"%PDF-1.7\n" + b"something " * 1000
KILLED = -9
RUN = {
    "after put locks/ 1": 0,
    "after put chunks/ 1": 1,
    "during put chunks/ 1": 1,
    "after put chunks/ 4": 5,
    "before put snapshots/ 1": 6,
}
"""Stages of a backup, and how many chunks there are of it then at least."""
PRUNE = ("after put locks/ 1", "after delete snapshots/ 1", "after delete snapshots/ 2", "after delete chunks/ 3")
pytestmark = pytest.mark.may_block  # waiting for the child is what these tests do


@frozen
class Beside:
    """A running site and its target; commands on the same site are processes of their own."""

    at: Site
    process: subprocess.Popen[str]
    target: str

    def _command(self, stage: str, *words: str) -> tuple[int, str, str]:
        """Dies at ``stage``: the exit code, what it said and what it complained of."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        where = "--to" if words[0] == "run" else "--target"
        self.process.stdin.write(json.dumps([stage, "backup", *words, where, self.target, "--json"]) + "\n")
        self.process.stdin.flush()
        code, out, err = json.loads(self.process.stdout.readline())
        return code, out, err

    async def killed(self, stage: str, *words: str) -> None:
        code, _, err = await asyncio.to_thread(self._command, stage, *words)
        assert code == KILLED, err

    async def ran(self, *words: str) -> Any:
        code, out, err = await asyncio.to_thread(self._command, "", *words)
        assert code == 0, err
        return json.loads(out)

    async def refused(self, *words: str) -> str:
        code, _, err = await asyncio.to_thread(self._command, "", *words)
        assert code > 0
        return err.splitlines()[-1]

    async def verified(self) -> Verified:
        """Everything in the repository reads back."""
        found = await self.at.work.verify(self.target, share=1.0)
        assert found.ok, found
        assert len(found.whole) == found.snapshots
        return found

    async def unlocked(self) -> int:
        return len(await self.at.work.unlock(self.target, everything=True))


def _child(folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, str(CHILD), str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=environment,
    )  # fmt: skip


@asynccontextmanager
async def beside(folder: Path, target: str) -> AsyncIterator[Beside]:
    app = Folder(folder).app()
    with _child(folder) as process:
        async with app.running():
            yield Beside(Site(app), process, target)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0


def on_s3(folder: Path, bucket: Bucket) -> None:
    """A target in the bucket, beside the local one."""
    settings = ", ".join(f"'blobs_s3.{name}' = '{value}'" for name, value in bucket.section().items())
    with (folder / "newel.toml").open("a") as config:
        config.write(f'\n[backup.targets.s3]\nurl = "{bucket.url(folder)}"\nsettings = {{{settings}}}\n')


async def dies_at_every_stage(folder: Path, target: str) -> None:
    async with beside(folder, target) as newel:
        at = newel.at
        await at.backup(target)
        entries = await at.filled(3)
        known = (await newel.verified()).chunks
        for stage, least in RUN.items():
            await newel.killed(stage, "run")
            found = await newel.verified()
            assert (found.snapshots, found.unused) == (1, found.chunks - known)
            assert found.unused >= least
        await newel.killed("after put snapshots/ 1", "run")
        found = await newel.verified()
        assert (found.snapshots, found.unused) == (2, 0), "it went on with what was there, and used all of it"
        assert (await newel.ran("run"))["added"] == 0, "nobody's lock is in the way of another backup"

        assert "newel backup unlock" in await newel.refused("prune", "--keep-last", "1")
        assert await newel.unlocked() == len(RUN) + 1
        await at.run("content.delete", type="post", id=entries[0].id)
        last = await at.backup(target)
        assert len(await at.work.snapshots(target)) == 4
        for stage in PRUNE:
            await newel.killed(stage, "prune", "--keep-last", "1")
            with pytest.raises(Locked, match="newel backup unlock"):
                await at.backup(target)
            assert await newel.unlocked() == 1
            found = await newel.verified()
        assert found.whole == (last.id,)
        assert found.unused > 0
        assert (await newel.ran("prune"))["chunks"] == found.unused
        assert (await newel.verified()).unused == 0
        assert (await at.backup(target)).added == 0


@pytest.mark.slow
@pytest.mark.fresh
async def test_in_a_folder(tmp_path: Path) -> None:
    await dies_at_every_stage(made(tmp_path / "site"), "local")


@pytest.mark.slow
@pytest.mark.fresh
@pytest.mark.engines("sqlite")  # what is another here is the target
async def test_in_a_bucket(tmp_path: Path, bucket: Bucket) -> None:
    folder = made(tmp_path / "site")
    on_s3(folder, bucket)
    await dies_at_every_stage(folder, "s3")
