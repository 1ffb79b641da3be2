"""A drill restores on trial, looks at what it restored, files a report, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest
from tests.builtin_plugins.backup.site import ADMIN, Site, site

from newel import Manifest, hookimpl
from newel.contracts.backup import Checked, RestoreCheck
from newel.contracts.database import Database
from newel.contracts.jobs import Jobs
from newel.testing import FakeClock
from newel.testing.engines import current

pytestmark = pytest.mark.engines("sqlite")  # what is looked at is a repository, the same from every engine

PDF = b"%PDF-1.7\n" + b"something " * 1000
CHECKS = {"content.tree", "content.references", "content.published", "content.pages"}


async def drilled(at: Site, **more: Any) -> Any:
    return await at.work.drill(at.app.call(ADMIN, "test"), "local", **more)


@asynccontextmanager
async def trial(*more: Manifest, **details: Any) -> AsyncIterator[Site]:
    """A site that has SQLite besides its engine, as every installation does."""
    async with site(*more, *(["sqlite"] if current.engine.plugin != "sqlite" else []), **details) as at:
        yield at


async def reports(at: Site) -> list[dict[str, Any]]:
    found = (await at.run("audit.list", operation="backup.drill")).data
    return [dict(one.after) for one in found if "steps" in one.after]  # not who asked for it


@pytest.mark.needs_plugin("audit")
async def test_a_drill_restores_starts_looks_and_files_a_report() -> None:
    async with trial() as at:
        await at.filled(6)
        await at.run("types.create", name="quote", kind="block", fields=[{"name": "words", "type": "text"}])
        slug = {"name": "slug", "type": "slug", "options": {"source": "title"}}
        await at.run("types.create", name="page", kind="page", fields=[{"name": "title", "type": "text"}, slug])
        home = await at.run("content.create", type="page", data={"title": "Home"})
        await at.run("content.create", type="page", data={"title": "Below"}, parent=home.id)
        await at.run("content.publish", type="page", id=home.id)
        await at.file("a.pdf", PDF)
        made = await at.backup()
        found = await drilled(at)
        assert found.ok, found
        assert (found.snapshot, found.rows, found.files) == (made.id, made.rows, 1)
        steps = {one.name: one for one in found.steps}
        assert steps.keys() == {"tables", "files", "start", "database"} | CHECKS
        assert steps["tables"].looked == made.rows
        assert steps["content.tree"].looked == 1
        assert steps["content.published"].looked == 4
        assert steps["content.pages"].looked == 5  # four entries, one of them at an address
        (report,) = await reports(at)
        assert (report["snapshot"], report["ok"]) == (made.id, True)
        assert (await at.run("audit.verify")).whole
        status = await at.run("backup.status")
        assert status.rto_seconds == found.seconds
        assert status.drilled_at is not None
        assert [one.name for one in (at.app.folder / "data").glob("backup-trial-*")] == []


@pytest.mark.needs_plugin("audit")
async def test_what_is_wrong_with_a_snapshot_is_found_and_reported() -> None:
    async with trial() as at:
        entries = await at.filled(4)
        db = at.app.need(Database)
        await db.execute("UPDATE content_published SET digest = 'x' WHERE entry = :entry", {"entry": entries[1].id})
        await at.backup()
        found = await drilled(at)
        assert not found.ok
        (wrong,) = [one for one in found.steps if not one.ok]
        assert wrong.name == "content.published"
        assert entries[1].id in wrong.faults[0]
        assert (await reports(at))[0]["ok"] is False
        assert (await at.run("backup.status")).drilled_at is None


async def test_a_snapshot_that_cannot_be_restored_fails_its_drill() -> None:
    async with trial() as at:
        await at.filled(4)
        made = await at.backup()
        stream = made.tables["content_entries"].stream
        (at.app.folder / "backups" / "chunks" / stream.lists[0][:2] / stream.lists[0]).unlink()
        found = await drilled(at)
        assert not found.ok
        assert f"chunks/{stream.lists[0][:2]}/{stream.lists[0]} is missing" in found.steps[-1].faults[0]
        assert [one.name for one in (at.app.folder / "data").glob("backup-trial-*")] == []


class Doubter:
    """Doubts what was restored."""

    manifest: ClassVar[Manifest] = Manifest(name="doubter", summary="Of a test.", load=f"{__name__}:Doubter")

    def __init__(self, app: Any) -> None:
        self._app = app

    @hookimpl
    def register_restore_checks(self) -> Sequence[RestoreCheck]:
        return [RestoreCheck(name="doubter.all", summary="Everything", look=self._look)]

    async def _look(self) -> Checked:
        rows = await self._app.need(Database).fetch_all("SELECT id FROM content_entries")
        return Checked(looked=len(rows), faults=("I doubt it",) if len(rows) > 2 else ())


@pytest.mark.needs_plugin("audit", "jobs")
async def test_plugins_look_at_their_own_data_on_the_restored_site_and_schedules_drill() -> None:
    clock = FakeClock()
    schedules = {"drill": {"cron": "0 4 * * 0", "does": "drill"}}
    config = {"jobs": {"clock": "process"}, "backup": {"schedules": schedules}}
    async with trial(Doubter.manifest, config=config, clock=clock) as at:
        await at.filled(2)
        await at.backup()
        asked = await at.run("backup.drill", id="latest")
        await at.app.need(Jobs).settle()
        done = await at.app.need(Jobs).get(asked.job)
        assert [one["looked"] for one in done.result["steps"] if one["name"] == "doubter.all"] == [2]
        await at.filled_more(1)
        await at.backup()
        await clock.jump(7 * 86_400)
        await at.app.need(Jobs).settle()
        assert [one["ok"] for one in await reports(at)] == [False, True]
        statement = "SELECT error FROM jobs_queue WHERE kind = 'backup.scheduled'"
        (row,) = await at.app.need(Database).fetch_all(statement)
        assert "I doubt it" in row["error"]
