"""A site is restored by the command: planned, restored beside, carried over, swapped; the old one is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.backup.restored import (
    PASSWORD,
    SHIPPED,
    backed_up,
    database_of,
    filled,
    made,
    roles,
    titles,
    working,
)
from tests.builtin_plugins.backup.treesite import Site, streams

from newel.cli.site import Site as Folder
from newel.contracts.jobs import Jobs
from newel.errors import Transient
from newel.testing import run_command
from newel_backup.restoring import fence

BOB = "bob@example.com"


pytestmark = SHIPPED


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes here, so nobody has to be waited for."""
    monkeypatch.setattr(fence, "LEASE", 0.01)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return made(tmp_path / "site")


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
    """Who was an admin when the snapshot was made and is none now stays none; who came since stays. The configuration
    keeps its comments. What was before goes when it is told to."""
    working(folder, filled)
    taken = backed_up(folder)
    working(folder, later)
    before = database_of(folder)
    done = run_command("backup", "restore", taken[:20].lower(), "--json", site=folder).ok().json()
    assert done["swapped"]
    assert database_of(folder) != before
    assert "# Ours." in (folder / "newel.toml").read_text()
    assert '"  # where it is' in (folder / "newel.toml").read_text()
    assert not (folder / "data/restore.json").exists()

    async def look(site: Site) -> None:
        found = await roles(site)
        assert (found["ann"], found["bob"]) == ("viewer", "editor")
        assert len(await titles(site)) == 3
        trail = await site.database.fetch_all("SELECT operation FROM audit_log WHERE operation = 'backup.restore'")
        assert len(trail) == 1
        assert [one.snapshot for one in (await site.run("backup.old")).data] == [taken]
        assert len((await site.run("backup.status")).old) == 1
        assert (await site.run("audit.verify")).whole

    working(folder, look)
    again = run_command("backup", "list", "--json", site=folder).ok().json()["data"]
    assert [one["id"] for one in again] == [taken]
    gone = run_command("backup", "forget-old", "--yes", "--json", site=folder).ok().json()
    assert [one["snapshot"] for one in gone] == [taken]
    assert run_command("backup", "forget-old", "--yes", site=folder).code != 0
    assert not (folder / "data" / "newel.db").exists()
    assert len(working(folder, titles)) == 3


@pytest.mark.fresh
@pytest.mark.engines("sqlite")
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
