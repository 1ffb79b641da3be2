"""What a restore says and refuses, and what it does where not all is as it should be."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from pathlib import Path
from shutil import copytree

import pytest
from tests.builtin_plugins.backup.restored import (
    PASSWORD,
    SHIPPED,
    backed_up,
    filled,
    made,
    roles,
    titles,
    working,
)
from tests.builtin_plugins.backup.treesite import ADMIN, Site

from newel.cli.site import Site as Folder
from newel.contracts.database import Database
from newel.errors import Forbidden, Reject, Transient
from newel.testing import actor, run_command
from newel_backup.config import BackupConfig
from newel_backup.restoring import fence
from newel_backup.restoring.order import RestoreOrder
from newel_backup.restoring.run import Restoring
from newel_backup.work import Work

pytestmark = [SHIPPED, pytest.mark.engines("sqlite")]  # what engines do differently is tried in test_restore


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes here, so nobody has to be waited for."""
    monkeypatch.setattr(fence, "LEASE", 0.01)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled site with one backup, made once."""
    path = made(tmp_path_factory.mktemp("template") / "site", "sqlite:///data/newel.db")
    working(path, filled)
    (path / "taken").write_text(backed_up(path))
    return path


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    return copytree(template, tmp_path / "site")


def test_the_plan_says_what_comes_and_changes_nothing(folder: Path) -> None:
    taken = (folder / "taken").read_text()
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.name == "newel.toml"}
    plan = run_command("backup", "restore", "--dry-run", "--json", site=folder).ok().json()
    assert plan["snapshot"] == taken
    assert {one["name"] for one in plan["comes"]} >= {"content", "media", "site"}
    fates = {one["name"]: one["fate"] for one in plan["stays"]}
    assert fates["users"] == fates["tokens"] == fates["audit"] == fates["backup-log"] == "kept"
    assert fates["jobs"] == "empty"
    asked = run_command("backup", "restore", "--dry-run", "--with", "users", "--json", site=folder).ok().json()
    assert {one["name"]: one["fate"] for one in asked["stays"]}["tokens"] == "empty"
    told = run_command("backup", "restore", "--dry-run", site=folder).ok().out
    assert "--with users brings it" in told
    assert "stay as they are, until newel backup forget-old" in told
    assert before == {path: path.stat().st_mtime_ns for path in before}
    assert not list(folder.glob("data/newel-*"))


def test_mistakes_are_told_in_a_line(folder: Path) -> None:
    for arguments, told in (
        (["01AAA"], "there is no snapshot '01AAA'"),
        (["0"], None),
        (["--with", "everything"], "there is no part 'everything'"),
        (["--at", "yesterday"], "is no time"),
        (["--at", "2001-01-01"], "no snapshot until 2001-01-01T00:00:00.000Z"),
        (["0", "--at", "2001-01-01"], "either an id or a time"),
        (["--target", "moon"], "there is no target 'moon'"),
        (["--into", "sqlite:///${NOWHERE}"], "NOWHERE"),
    ):
        outcome = run_command("backup", "restore", *arguments, "--dry-run", site=folder)
        assert (outcome.code == 0) == (told is None), outcome
        if told is not None:
            assert told in outcome.err
            assert "Traceback" not in outcome.err


def test_the_newest_of_a_time_is_found(folder: Path) -> None:
    first = (folder / "taken").read_text()
    backed_up(folder)
    at = run_command("backup", "list", "--json", site=folder).ok().json()["data"][-1]["at"]
    plan = run_command("backup", "restore", "--at", at, "--dry-run", "--json", site=folder).ok().json()
    assert plan["snapshot"] == first


def test_without_a_swap_everything_is_prepared_and_nothing_changed(folder: Path) -> None:
    """So it is as well where the URL comes from the environment, which nobody but a person can change."""
    taken = (folder / "taken").read_text()
    before = (folder / "newel.toml").read_text()
    done = run_command("backup", "restore", taken, "--no-swap", "--json", site=folder).ok().json()
    assert not done["swapped"]
    assert "set database.url to sqlite:///data/newel-" in done["next"]
    assert (folder / "newel.toml").read_text() == before
    url = done["plan"]["database"]
    other = ["--set", f"database.url={url}"]
    refused = run_command(*other, "backup", "restore", taken, "--json", site=folder)
    assert refused.code != 0
    assert "database.url (--set database.url)" in refused.err
    assert "--no-swap" in refused.err

    async def look(site: Site) -> None:
        assert len(await titles(site)) == 3
        await site.run("content.create", type="page", data={"title": "still open"})

    working(folder, look)


def test_where_the_configuration_is_mounted_all_is_prepared_and_nothing_is_written_beside_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, may = (folder / "taken").read_text(), os.access
    monkeypatch.setattr("os.access", lambda path, mode: (Path(path), mode) != (folder, os.W_OK) and may(path, mode))
    refused = run_command("backup", "restore", taken, "--json", site=folder)
    assert refused.code != 0
    assert "database.url (newel.toml, which cannot be written here)" in refused.err
    before = set(folder.iterdir())
    assert not run_command("backup", "restore", taken, "--no-swap", "--json", site=folder).ok().json()["swapped"]
    assert set(folder.iterdir()) == before


def test_the_site_can_go_back_to_its_old_database(folder: Path) -> None:
    taken = (folder / "taken").read_text()
    before = (folder / "newel.toml").read_text()
    run_command("backup", "restore", taken, "--json", site=folder).ok()
    (folder / "newel.toml").write_text(before)

    async def write(site: Site) -> str:
        try:
            await site.run("content.create", type="page", data={"title": "back"})
        except Exception as error:  # noqa: BLE001 - what it is is asserted below
            return str(getattr(error, "reason", error))
        return "written"

    assert working(folder, write) == "site_moved"
    run_command("backup", "reopen", site=folder).ok()
    assert working(folder, write) == "written"


def test_a_site_whose_database_is_lost_comes_back_with_everything(folder: Path) -> None:
    """Where nothing can stay as it is, that has to be said: the rights come from the snapshot as well."""
    taken = (folder / "taken").read_text()
    for path in folder.glob("data/newel.db*"):
        path.unlink()
    (folder / "data" / "newel.db").write_bytes(b"This is no database. " * 1000)
    refused = run_command("backup", "restore", taken, "--yes", site=folder)
    assert refused.code != 0
    assert "cannot be opened" in refused.err
    assert "--with all" in refused.err
    run_command("backup", "restore", taken, "--with", "all", "--json", site=folder).ok()
    assert len(working(folder, titles)) == 3
    assert working(folder, roles)["ann"] == "admin"


@pytest.mark.may_block  # the write is put between two steps by a plain call
def test_what_was_written_behind_the_fence_is_carried_over_again(folder: Path) -> None:
    """An act that had begun before the fence was put may end only now: then what stays is compared and taken again."""
    taken = (folder / "taken").read_text()
    here = Folder(folder)
    app = here.app()
    done: list[str] = []

    def reached(stage: str) -> None:
        if stage == "check" and not done:
            with sqlite3.connect(folder / "data" / "newel.db") as raw:
                raw.execute("UPDATE accounts_users SET role = 'viewer' WHERE email = 'ann@example.com'")
            raw.close()
            done.append(stage)

    async def run() -> None:
        async with app.running_only(Database):
            work = Work(app, app.config(BackupConfig))
            restoring = Restoring(app, work, app.need(Database), reached=reached)
            await restoring.run(app.call(ADMIN, "test"), RestoreOrder(snapshot=taken))

    here.run(run())
    assert done
    assert working(folder, roles)["ann"] == "viewer"


def test_only_who_may_restore_does(folder: Path) -> None:
    async def ask(site: Site) -> None:
        for verb, order in (("backup.plan", {}), ("backup.restore", {}), ("backup.forget_old", {})):
            with pytest.raises(Forbidden):
                await site.run(verb, actor("editor"), **order)
        with pytest.raises(Reject) as refused:
            await site.run("backup.restore", into="postgresql://newel:secret@db/new")
        assert refused.value.problems[0].pointer == "/into"

    working(folder, ask)


def test_another_sites_snapshot_is_told_to_be_one(folder: Path, tmp_path: Path) -> None:
    other = made(tmp_path / "other")
    with (other / "newel.toml").open("a") as file:
        file.write(f'\n[backup.targets.theirs]\nurl = "file:{folder}/backups"\n')
    working(other, lambda site: site.filled(1))
    order = ("backup", "restore", "--target", "theirs", "--dry-run", "--json")
    plan = run_command(*order, site=other).ok().json()
    assert "the snapshot is of another site than the present one" in plan["warnings"]


def test_a_present_site_of_an_earlier_version_is_brought_up_to_date_first(folder: Path) -> None:

    async def older(site: Site) -> None:
        await site.database.execute("DELETE FROM migrations_ledger WHERE plugin = 'backup' AND number = 1")

    working(folder, older)
    refused = run_command("backup", "restore", "--yes", site=folder)
    assert refused.code != 0
    assert "table change 1 of backup is pending): newel migrate up, then restore" in refused.err


def test_nothing_that_was_accepted_is_lost(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Users are made all the time while the site is restored: whoever was told that one is there finds them."""
    monkeypatch.setattr(fence, "LEASE", 0.1)
    taken = (folder / "taken").read_text()
    here = Folder(folder)
    app = here.app()
    accepted: set[str] = set()
    refused: set[str] = set()

    async def run() -> None:
        async with app.running():
            site = Site(app)

            async def write() -> None:
                """Until it is refused for good."""
                number = 0
                while "site_moved" not in refused:
                    number += 1
                    try:
                        await site.run("users.create", email=f"u{number}@example.com", password=PASSWORD)
                        accepted.add(f"u{number}")
                    except Transient as error:
                        refused.add(error.reason)
                        await asyncio.sleep(0.01)  # as a client would, who was asked to wait

            writer = asyncio.create_task(write())
            work = Work(app, app.config(BackupConfig))
            await Restoring(app, work, site.database).run(app.call(ADMIN, "test"), RestoreOrder(snapshot=taken))
            await writer

    here.run(run())
    assert refused == {"site_moving", "site_moved"}
    assert len(accepted) > 1
    assert accepted <= working(folder, roles).keys()
