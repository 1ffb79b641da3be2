"""Backups at set times: once for all nodes, read back, pruned, told of where they fail or are too old."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.builtin_plugins.backup.site import Site, site

from newel.contracts.database import Database
from newel.contracts.jobs import Jobs
from newel.contracts.site import Backups
from newel.errors import NotFound, Reject
from newel.testing import FakeClock, make_app
from newel.testing.engines import LASTING

pytestmark = pytest.mark.needs_plugin("jobs")
NIGHTLY = {"cron": "30 3 * * *", "zone": "Europe/Berlin", "keep": {"daily": 2}}
DAY = 86_400.0


def planned(**more: Any) -> dict[str, Any]:
    return {
        "jobs": {"clock": "process"},
        "backup": {"schedules": {"nightly": {**NIGHTLY, **more}}, "targets": {"local": {"url": "file:backups"}}},
    }


async def days(at: Site, clock: FakeClock, count: int) -> None:
    for _ in range(count):
        await clock.jump(DAY)
        await at.app.need(Jobs).settle()


async def jobs_of(at: Site, kind: str = "backup.scheduled") -> list[dict[str, Any]]:
    statement = "SELECT state, result_json, error FROM jobs_queue WHERE kind = :kind ORDER BY due_at"
    return [dict(row) for row in await at.app.need(Database).fetch_all(statement, {"kind": kind})]


async def test_each_night_there_is_a_backup_that_was_read_back_and_old_ones_go() -> None:
    clock = FakeClock()
    async with site(config=planned(), clock=clock) as at:
        await at.app.need(Jobs).settle()
        await days(at, clock, 3)
        kept = await at.work.snapshots("local")
        assert [(one.at[:10], one.schedule) for one in kept] == [("2030-01-03", "nightly"), ("2030-01-04", "nightly")]
        rows = await at.work.known.snapshots("local")
        assert all(row["verified_at"] for row in rows)
        standing = await at.app.need(Backups).standing()
        assert standing.finding.state == "ok"
        assert standing.last_good_at == kept[-1].at
        assert standing.next_at == "2030-01-04T02:30:00.000Z"


async def test_backups_that_are_older_than_promised_are_told_of() -> None:
    clock = FakeClock()
    async with site(config=planned(verify="none"), clock=clock) as at:
        status = at.app.need(Backups)
        await at.app.need(Jobs).settle()
        assert "no backup has been read back yet" in (await status.standing()).finding.detail
        await days(at, clock, 1)
        assert "no backup has been read back yet" in (await status.standing()).finding.detail
        await at.work.verify("local", share=1.0)
        assert (await status.standing()).finding.state == "ok"
        await clock.jump(27 * 3600)
        found = (await status.standing()).finding
        assert (found.state, found.detail) == ("warning", "the newest one is 27.0 h old, 26.0 h are promised")
        watch = at.app.plugins["backup"].watch  # type: ignore[attr-defined]  # plugins are objects to the kernel
        await watch.look()
        assert [str(one.cause) for one in at.app.failures] == [f"promise: {found.detail}"]
        await at.backup()
        await at.work.verify("local", share=1.0)
        await watch.look()
        assert at.app.failures == []


async def test_a_target_that_fails_stops_no_other_and_alone_is_tried_again() -> None:
    clock = FakeClock()
    config = planned()
    config["backup"]["targets"]["bad"] = {"url": "file:backups/local-key"}
    async with site(config=config, clock=clock) as at:
        (at.app.folder / "backups").mkdir()
        (at.app.folder / "backups" / "local-key").write_text("a file where a folder should be")
        await at.app.need(Jobs).settle()
        await days(at, clock, 1)
        assert len(await at.work.snapshots("local")) == 1
        assert "bad" in (await jobs_of(at))[0]["error"]
        status = await at.run("backup.status")
        assert {one.name: bool(one.failed) for one in status.targets} == {"bad": True, "local": False}
        assert "bad:" in status.finding.detail
        (at.app.folder / "backups" / "local-key").unlink()
        await clock.jump(600)
        await at.app.need(Jobs).settle()
        assert (await jobs_of(at))[0]["state"] == "done"
        assert (len(await at.work.snapshots("local")), len(await at.work.snapshots("bad"))) == (1, 1)
        assert (await at.run("backup.status")).finding.state == "ok"


async def test_of_two_nodes_with_one_schedule_one_makes_the_backup() -> None:
    clock = FakeClock()
    config = {**planned(), **LASTING}
    async with site(config=config, clock=clock) as one:
        from tests.builtin_plugins.backup.site import PLUGINS

        async with make_app([*PLUGINS], config, clock=clock, folder=one.app.folder) as other:
            for app in (one.app, other):
                await app.need(Jobs).settle()
            await clock.jump(DAY)
            await asyncio.gather(one.app.need(Jobs).settle(), other.need(Jobs).settle())
            assert len(await one.work.snapshots("local")) == 1
            assert len(await jobs_of(one)) == 1


async def test_what_is_asked_for_is_done_as_a_job_and_told() -> None:
    async with site() as at:
        await at.filled(2)
        asked = await at.run("backup.run")
        assert (await at.run("backup.run")).job == asked.job  # it waits already
        await at.app.need(Jobs).settle()
        done = await at.app.need(Jobs).get(asked.job)
        assert done.state == "done"
        (row,) = (await at.run("backup.list")).data
        assert row.id == done.result["id"]
        shown = await at.run("backup.show", id=row.id[:20].lower())
        assert {one.name for one in shown.tables} >= {"content_entries", "media_assets"}
        assert (await at.run("backup.show", id="latest")).snapshot.id == row.id
        verified = await at.run("backup.verify", share=1.0)
        await at.app.need(Jobs).settle()
        assert (await at.app.need(Jobs).get(verified.job)).result["ok"] is True
        assert (await at.run("backup.list")).data[0].verified_at is not None
        plan = await at.run("backup.retention", keep={"last": 1})
        assert [one.keep for one in plan.snapshots] == [True]
        pruned = await at.run("backup.prune", forget=[row.id])
        await at.app.need(Jobs).settle()
        assert (await at.app.need(Jobs).get(pruned.job)).result["removed"] == 1
        assert (await at.run("backup.list")).data == ()
        assert (await at.run("backup.unlock")).removed == ()
        with pytest.raises(NotFound, match="local"):
            await at.run("backup.run", target="nowhere")
        with pytest.raises(Reject, match="not valid"):
            await at.run("backup.run", target="../etc")
        with pytest.raises(NotFound, match="newel backup list"):
            await at.run("backup.show", id="01XXXX")
