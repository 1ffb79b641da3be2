"""A site whose files and whose backups lie in a bucket: a new prefix, and a server that goes away in the middle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.backup.restored import SHIPPED, backed_up, made, working
from tests.builtin_plugins.backup.test_restore_kills import restored
from tests.builtin_plugins.backup.treesite import ADMIN, Site
from tests.s3 import Bucket

from newel.cli.site import Site as Folder
from newel.contracts.blobs import Blobs, BlobsAway
from newel.contracts.database import Database
from newel.testing import run_command
from newel_backup.config import BackupConfig
from newel_backup.restoring import fence
from newel_backup.restoring.journal import read
from newel_backup.restoring.order import RestoreOrder
from newel_backup.restoring.run import Restoring
from newel_backup.work import Work

pytestmark = [SHIPPED, pytest.mark.engines("sqlite"), pytest.mark.slow, pytest.mark.fresh]
FILES = {f"{number}.txt": f"file {number} ".encode() * 50_000 for number in range(6)}


@pytest.fixture
def folder(tmp_path: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(fence, "LEASE", 0.01)
    path = made(tmp_path / "site")
    section = "".join(f"{name} = {_toml(value)}\n" for name, value in bucket.section().items())
    with (path / "newel.toml").open("a") as file:
        file.write(f'\n[blobs]\nurl = "{bucket.url(tmp_path)}"\n[blobs_s3]\n{section}')
        file.write(f'[backup.targets.local]\nurl = "{bucket.url(tmp_path, "backups")}"\n')
    return path


def _toml(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


async def _filled(site: Site) -> None:
    from tests.builtin_plugins.backup.site import Site as Library  # it imports the library

    library = Library(site.app)
    for name, data in FILES.items():
        await library.file(name, data)


async def _files(site: Site) -> dict[str, int]:
    return {blob.key: blob.size async for blob in site.app.need(Blobs).list("originals/")}


def test_files_go_to_a_new_prefix_and_the_old_one_goes_when_it_is_told_to(folder: Path) -> None:
    working(folder, _filled)
    backed_up(folder)
    before = working(folder, _files)
    assert len(before) == len(FILES)
    done = run_command("backup", "restore", "--json", site=folder).ok().json()
    assert done["files"] >= len(FILES)
    assert done["plan"]["store"].startswith("s3://")
    assert working(folder, _files) == before
    run_command("backup", "forget-old", "--yes", site=folder).ok()
    assert working(folder, _files) == before


@pytest.mark.may_block  # the server is killed between two steps by a plain call
def test_a_server_that_goes_away_leaves_the_site_as_it_is_and_the_next_run_goes_on(
    folder: Path, bucket: Bucket
) -> None:
    working(folder, _filled)
    taken = backed_up(folder)
    before = (folder / "newel.toml").read_text()
    app = Folder(folder).app()
    dead = []

    def reached(stage: str) -> None:
        if stage == "files" and not dead:
            bucket.server.kill()
            dead.append(stage)

    async def run() -> None:
        async with app.running_only(Database):
            work = Work(app, app.config(BackupConfig))
            await Restoring(app, work, app.need(Database), reached=reached).run(
                app.call(ADMIN, "test"), RestoreOrder(snapshot=taken)
            )

    with pytest.raises(BlobsAway):
        Folder(folder).run(run())
    bucket.server.start()
    assert (folder / "newel.toml").read_text() == before
    left = read(folder)
    assert left is not None
    assert left.stage == "files"
    done = run_command("backup", "restore", taken, "--json", site=folder).ok().json()
    assert left.id.lower() in done["plan"]["database"]  # what was there was used
    assert len(working(folder, _files)) == len(FILES)


def test_killed_at_stages_with_everything_in_a_bucket(folder: Path) -> None:
    working(folder, _filled)
    taken = backed_up(folder)
    before = (folder / "newel.toml").read_text()
    files = working(folder, _files)
    for stage in ("tables", "files", "check", "swap"):
        assert restored(folder, taken, stage)[-1] == stage
        assert (folder / "newel.toml").read_text() == before
    assert working(folder, _files) == files
    assert restored(folder, taken, "-")[-1] == "moved"
    assert (folder / "newel.toml").read_text() != before
    assert working(folder, _files) == files
