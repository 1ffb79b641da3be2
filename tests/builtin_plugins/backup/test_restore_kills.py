"""``kill -9`` at every stage of a restore: the old site serves until the configuration is another, and the next run
goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.builtin_plugins.backup.restored import SHIPPED, backed_up, made, titles, working
from tests.builtin_plugins.backup.treesite import Site

from newel.testing import run_command
from newel_backup.known import Known
from newel_backup.restoring.fence import FENCE
from newel_backup.restoring.journal import FILE

STAGES = ("tables", "tables loaded", "files", "migrate", "carry", "check", "swap", "swapped", "moved")
pytestmark = SHIPPED
CHILD = Path(__file__).with_name("restoring_child.py")


def restored(folder: Path, snapshot: str, stage: str) -> list[str]:
    """The stages that it came to; dead at ``stage``."""
    done = subprocess.run(
        [sys.executable, str(CHILD), str(folder), snapshot, stage], capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, check=False,
    )  # fmt: skip
    assert done.returncode == (0 if stage == "-" else -9), done.stderr[-3000:]
    return done.stdout.split("\n")[:-1]


async def _open(site: Site) -> int:
    """How many pages there are; and the site takes writes once the fence of the killed one has run out."""
    known = Known(site.database)
    if (text := await known.get(FENCE)) is not None and "until" in text:
        until = text.partition('"until":"')[2][:24]
        await known.put(FENCE, text.replace(until, "2001-01-01T00:00:00.000Z"))
    made = await site.run("content.create", type="page", data={"title": "passing"})
    await site.run("content.delete", type="page", id=made.id)
    return len(await titles(site))


async def _emptied(site: Site) -> None:
    await site.database.execute("UPDATE content_entries SET parent = NULL")
    for one in (await site.run("content.list", type="page", limit=100)).data:
        await site.run("content.delete", type="page", id=one.id)


@pytest.mark.slow
@pytest.mark.fresh
def test_killed_at_every_stage(tmp_path: Path) -> None:
    folder = made(tmp_path / "site")
    working(folder, lambda site: site.filled())
    taken = backed_up(folder)
    working(folder, _emptied)
    before = (folder / "newel.toml").read_text()
    for stage in STAGES[:-2]:
        came = restored(folder, taken, stage)
        assert came[-1] == stage
        assert (folder / "newel.toml").read_text() == before
        if stage in ("tables", "swap"):  # what is between them is not seen from here
            assert working(folder, _open) == 0
    assert "tables loaded" not in came  # it went on, and did not begin anew
    assert restored(folder, taken, "swapped")[-1] == "swapped"
    assert (folder / "newel.toml").read_text() != before
    assert (folder / FILE).exists()
    assert working(folder, _open) == 3

    working(folder, _fence, serving=True)  # the start shuts the old database for good
    assert not (folder / FILE).exists()
    assert working(folder, _open) == 3
    (folder / "newel.toml").write_text(before)
    assert "moved" in working(folder, _fence)


async def _fence(site: Site) -> str:
    return await Known(site.database).get(FENCE) or ""


@pytest.mark.fresh
@pytest.mark.engines("sqlite")
def test_what_a_killed_restore_left_goes_when_another_is_asked_for(tmp_path: Path) -> None:
    folder = made(tmp_path / "site")
    working(folder, lambda site: site.filled())
    first, second = backed_up(folder), backed_up(folder)
    restored(folder, first, "files")
    left = {path.name for path in (folder / "data").glob("newel-*.db")}
    assert len(left) == 1
    run_command("backup", "restore", second, "--json", site=folder).ok()
    assert not left & {path.name for path in (folder / "data").glob("newel-*.db")}
    assert not (folder / FILE).exists()
