"""Files of a snapshot come into a store of their own, whole or not at all."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from attrs import evolve
from tests.builtin_plugins.backup.drawer import Drawer, put, read
from tests.builtin_plugins.backup.treesite import Site, site

from newel.contracts.blobs import Blobs
from newel.sibling import sibling
from newel_backup.repo.faults import Damaged
from newel_backup.repo.files import FileLine, files_of
from newel_backup.repo.manifest import Snapshot
from newel_backup.restoring.files import FilesRestored, restore_files

pytestmark = pytest.mark.engines("sqlite")  # nothing of it is asked of the database
FEW = ("database", "migrations", "blobs_local", "backup", Drawer.manifest)
LARGE = 9 << 20
"""More than two pieces."""


@asynccontextmanager
async def store(here: Site, name: str) -> AsyncIterator[Blobs]:
    there = sibling(here.app, {"blobs.url": f"file:{name}"})
    async with there.running_only(Blobs):
        yield there.need(Blobs)


async def restored(here: Site, snapshot: Snapshot, blobs: Blobs) -> FilesRestored:
    async with here.targets.repository("local") as repository:
        return await restore_files(repository, snapshot.files, blobs)


async def fill(here: Site) -> dict[str, bytes]:
    files = {f"a/{number:02}": random.Random(number).randbytes(number * 100) for number in range(12)}
    files["b"] = random.Random(99).randbytes(LARGE)
    for key, data in files.items():
        await put(here.database, here.app.need(Blobs), key, data)
    return files


async def test_files_come_back_with_their_types_and_what_is_there_is_not_brought_again(tmp_path: Path) -> None:
    async with site(tmp_path, FEW) as here:
        files = await fill(here)
        snapshot = await here.backup()
        async with store(here, "new") as blobs:
            done = await restored(here, snapshot, blobs)
            assert (done.count, done.bytes, done.there) == (13, sum(map(len, files.values())), 0)
            assert {key: await read(blobs, key) for key in files} == files
            assert (await blobs.head("b")).content_type == "text/x-test"
            await blobs.delete("a/03", "b")
            again = await restored(here, snapshot, blobs)
            assert (again.count, again.there) == (13, 11)
            assert await read(blobs, "b") == files["b"]


async def test_a_file_that_is_not_as_the_snapshot_says_does_not_come(tmp_path: Path) -> None:
    """Another file's chunk, a chunk that is gone, a name that is none: told in words, and nothing lies outside."""
    async with site(tmp_path, FEW) as here:
        await fill(here)
        snapshot = await here.backup()
        async with here.targets.repository("local") as repository:
            lines = [line async for line in files_of(repository, snapshot.files.stream)]
            for wrong in (
                evolve(lines[5], pieces=lines[6].pieces),
                evolve(lines[5], pieces=("0" * 64,)),
                evolve(lines[5], key="../../out"),
                evolve(lines[5], key="/tmp/out"),
                evolve(lines[5], sha256="0" * 64),
            ):
                with pytest.raises(Damaged):
                    await _one(here, wrong)
    found = await asyncio.to_thread(
        lambda: {path.name for path in (*tmp_path.rglob("out"), *(tmp_path / "new").rglob("05"))}
    )
    assert found == set()


async def _one(here: Site, line: FileLine) -> None:
    from newel_backup.restoring.files import _one as one

    async with here.targets.repository("local") as repository, store(here, "new") as blobs:
        await one(repository, line, blobs)
