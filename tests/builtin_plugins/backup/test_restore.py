"""A site is restored by the command: planned, restored beside, carried over, swapped; the old one is kept."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.backup.restored import (
    PASSWORD,
    backed_up,
    database_of,
    made,
    roles,
    titles,
    working,
)
from tests.builtin_plugins.backup.treesite import ADMIN, Site, streams

from newel.cli.site import Site as Folder
from newel.contracts.database import Database
from newel.contracts.jobs import Jobs
from newel.errors import Forbidden, Reject, Transient
from newel.testing import actor, run_command
from newel_backup.config import BackupConfig
from newel_backup.restoring import fence
from newel_backup.restoring.order import RestoreOrder
from newel_backup.restoring.run import Restoring
from newel_backup.work import Work

ANN, BOB = "ann@example.com", "bob@example.com"


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes here, so nobody has to be waited for."""
    monkeypatch.setattr(fence, "LEASE", 0.01)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return made(tmp_path / "site")


async def filled(site: Site) -> str:
    """Three pages, and Ann, who is an admin."""
    await site.filled()
    user = await site.run("users.create", email=ANN, role="admin", password=PASSWORD)
    return str(user.id)


async def later(site: Site) -> None:
    """Ann is no admin any more, Bob came, the pages went."""
    ann = (await site.database.fetch_all("SELECT id FROM accounts_users WHERE email = 'ann@example.com'"))[0]["id"]
    await site.run("users.update", id=ann, role="viewer")
    await site.run("users.create", email=BOB, role="editor", password=PASSWORD)
    await site.database.execute("UPDATE content_entries SET parent = NULL")
    for one in (await site.run("content.list", type="page", limit=100)).data:
        await site.run("content.delete", type="page", id=one.id)


@pytest.mark.fresh
def test_restored_rights_are_those_of_the_present(folder: Path) -> None:
    """Who was an admin when the snapshot was made and is none now stays none; who came since stays. Sessions never come
    back. The configuration keeps its comments, and the old database its rows."""
    working(folder, filled)
    taken = backed_up(folder)
    working(folder, later)
    before = database_of(folder)
    done = run_command("backup", "restore", taken[:20].lower(), "--json", site=folder).ok().json()
    assert done["swapped"]
    assert database_of(folder) != before
    assert "# Ours." in (folder / "newel.toml").read_text()
    assert '"  # where it is' in (folder / "newel.toml").read_text()
    assert not (folder / "newel.restore.json").exists()

    async def look(site: Site) -> None:
        found = await roles(site)
        assert (found["ann"], found["bob"]) == ("viewer", "editor")
        assert len(await titles(site)) == 3
        trail = await site.database.fetch_all("SELECT operation FROM audit_log WHERE operation = 'backup.restore'")
        assert len(trail) == 1
        assert [one.snapshot for one in (await site.run("backup.old")).data] == [taken]
        assert len((await site.run("backup.status")).old) == 1

    working(folder, look)
    again = run_command("backup", "list", "--json", site=folder).ok().json()["data"]
    assert [one["id"] for one in again] == [taken]


@pytest.mark.fresh
def test_rights_come_back_where_they_are_asked_for(folder: Path) -> None:
    """With the users and without the tokens, nobody's present token gets the rights of former times."""
    working(folder, filled)
    taken = backed_up(folder)
    working(folder, later)
    run_command("backup", "restore", taken, "--with", "users", "--json", site=folder).ok()

    async def look(site: Site) -> None:
        found = await roles(site)
        assert found["ann"] == "admin"
        assert "bob" not in found
        assert await site.database.fetch_all("SELECT id FROM accounts_tokens") == []

    working(folder, look)


@pytest.mark.fresh
def test_a_restored_site_is_the_one_that_was_backed_up(folder: Path) -> None:
    """Byte for byte what a backup of it is again, but for what tells of the restore."""
    working(folder, filled)

    async def take(site: Site) -> Any:
        return streams(await site.backup(), "audit")

    was = working(folder, take)
    working(folder, later)
    run_command("backup", "restore", "latest", "--with", "all", "--json", site=folder).ok()
    is_now = working(folder, take)
    assert {name for name in was if was[name] != is_now[name]} <= {"backup_state"}


@pytest.mark.fresh
@pytest.mark.engines("sqlite")
def test_the_plan_says_what_comes_and_changes_nothing(folder: Path) -> None:
    working(folder, filled)
    taken = backed_up(folder)
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


@pytest.mark.fresh
@pytest.mark.engines("sqlite")
def test_mistakes_are_told_in_a_line(folder: Path) -> None:
    working(folder, filled)
    backed_up(folder)
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


@pytest.mark.fresh
@pytest.mark.engines("sqlite")
def test_the_newest_of_a_time_is_found(folder: Path) -> None:
    working(folder, filled)
    first = backed_up(folder)
    backed_up(folder)
    at = run_command("backup", "list", "--json", site=folder).ok().json()["data"][-1]["at"]
    plan = run_command("backup", "restore", "--at", at, "--dry-run", "--json", site=folder).ok().json()
    assert plan["snapshot"] == first


@pytest.mark.fresh
@pytest.mark.engines("sqlite")
def test_without_a_swap_everything_is_prepared_and_nothing_changed(folder: Path) -> None:
    """So it is as well where the URL comes from the environment, which nobody but a person can change."""
    working(folder, filled)
    taken = backed_up(folder)
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


@pytest.mark.fresh
def test_the_old_site_goes_when_it_is_told_to(folder: Path) -> None:
    working(folder, filled)
    taken = backed_up(folder)
    old = database_of(folder)
    run_command("backup", "restore", taken, "--json", site=folder).ok()
    gone = run_command("backup", "forget-old", "--yes", "--json", site=folder).ok().json()
    assert [one["snapshot"] for one in gone] == [taken]
    assert run_command("backup", "forget-old", "--yes", site=folder).code != 0
    if old.startswith("sqlite"):
        assert not (folder / "data" / "newel.db").exists()
    assert len(working(folder, titles)) == 3


@pytest.mark.fresh
@pytest.mark.engines("sqlite")
def test_the_site_can_go_back_to_its_old_database(folder: Path) -> None:
    working(folder, filled)
    taken = backed_up(folder)
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


@pytest.mark.fresh
@pytest.mark.engines("sqlite")
def test_a_site_restores_itself_as_a_job(folder: Path) -> None:
    """Asked for through an operation; from the swap on the running process refuses to write and reads on."""
    here = Folder(folder)
    app = here.app()

    async def run() -> None:
        async with app.running(serving=True):
            site = Site(app)
            await filled(site)
            snapshot = await site.backup()
            plan = await site.run("backup.plan")
            assert plan.snapshot == snapshot.id
            asked = await site.run("backup.restore", snapshot=snapshot.id)
            await app.need(Jobs).settle()
            job = await site.run("jobs.get", id=asked.job)
            assert job.state == "done", job.error
            assert job.result["swapped"]
            assert job.result["notices"] == []
            with pytest.raises(Transient) as refused:
                await site.run("content.create", type="page", data={"title": "too late"})
            assert refused.value.reason == "site_moved"
            assert len(await titles(site)) == 3

    here.run(run())

    async def after(site: Site) -> None:
        assert [one.id for one in (await site.run("backup.old")).data]
        assert len((await site.run("backup.forget_old")).data) == 1

    working(folder, after)


@pytest.mark.fresh
@pytest.mark.engines("sqlite")
def test_a_site_whose_database_is_lost_comes_back_with_everything(folder: Path) -> None:
    """Where nothing can stay as it is, that has to be said: the rights come from the snapshot as well."""
    working(folder, filled)
    taken = backed_up(folder)
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


@pytest.mark.fresh
@pytest.mark.engines("sqlite")
@pytest.mark.may_block  # the write is put between two steps by a plain call
def test_what_was_written_behind_the_fence_is_carried_over_again(folder: Path) -> None:
    """An act that had begun before the fence was put may end only now: then what stays is compared and taken again."""
    working(folder, filled)
    taken = backed_up(folder)
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


@pytest.mark.fresh
@pytest.mark.engines("sqlite")
def test_only_who_may_restore_does(folder: Path) -> None:
    async def ask(site: Site) -> None:
        await filled(site)
        await site.backup()
        for verb, order in (("backup.plan", {}), ("backup.restore", {}), ("backup.forget_old", {})):
            with pytest.raises(Forbidden):
                await site.run(verb, actor("editor"), **order)
        with pytest.raises(Reject) as refused:
            await site.run("backup.restore", into="postgresql://newel:secret@db/new")
        assert refused.value.problems[0].pointer == "/into"

    working(folder, ask)


@pytest.mark.fresh
def test_a_site_comes_back_on_a_new_machine(folder: Path, tmp_path: Path) -> None:
    """Where there is nothing yet: a configuration, and the target."""
    working(folder, filled)
    backed_up(folder)
    other = made(tmp_path / "other")
    with (other / "newel.toml").open("a") as file:
        file.write(f'\n[backup.targets.local]\nurl = "file:{folder}/backups"\n')
    plan = run_command("backup", "restore", "--with", "all", "--dry-run", "--json", site=other).ok().json()
    assert any("no present site" in one for one in plan["warnings"])
    run_command("backup", "restore", "--with", "all", "--json", site=other).ok()
    assert working(other, roles)["ann"] == "admin"
    assert len(working(other, titles)) == 3


@pytest.mark.fresh
@pytest.mark.engines("sqlite")
def test_another_sites_snapshot_is_told_to_be_one(folder: Path, tmp_path: Path) -> None:
    working(folder, filled)
    backed_up(folder)
    other = made(tmp_path / "other")
    with (other / "newel.toml").open("a") as file:
        file.write(f'\n[backup.targets.theirs]\nurl = "file:{folder}/backups"\n')
    working(other, filled)
    order = ("backup", "restore", "--target", "theirs", "--dry-run", "--json")
    plan = run_command(*order, site=other).ok().json()
    assert "the snapshot is of another site than the present one" in plan["warnings"]


@pytest.mark.fresh
@pytest.mark.engines("sqlite")
def test_a_present_site_of_an_earlier_version_is_brought_up_to_date_first(folder: Path) -> None:
    working(folder, filled)
    backed_up(folder)

    async def older(site: Site) -> None:
        await site.database.execute("DELETE FROM migrations_ledger WHERE plugin = 'backup' AND number = 1")

    working(folder, older)
    refused = run_command("backup", "restore", "--yes", site=folder)
    assert refused.code != 0
    assert "table change 1 of backup is pending): newel migrate up, then restore" in refused.err
