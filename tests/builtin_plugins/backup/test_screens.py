"""The screens of backups: made, looked into, read back, forgotten, and how they stand."""

from __future__ import annotations

import pytest
from tests.builtin_plugins.backup.site import site
from tests.views import ViewDoor

from newel.contracts.jobs import Jobs
from newel.testing import actor

pytestmark = [
    pytest.mark.needs_plugin("jobs"),
    pytest.mark.engines("sqlite"),
]  # the screens speak in operations, which are tested on each engine


async def test_backups_are_made_looked_into_and_forgotten() -> None:
    async with site() as at:
        await at.filled(2)
        door = ViewDoor(at.app, actor("admin"))
        await door.open("backup")
        assert await door.rows() == []
        await door.act("run")
        await at.app.need(Jobs).settle()
        [row] = await door.rows()
        assert row["rows"] > 0
        await door.act("verify")
        await at.app.need(Jobs).settle()
        [row] = await door.rows()
        assert row["verified_at"]
        await door.act("inside", row)
        assert [one["name"] for one in await door.rows()] == ["manifest.json", "tables", "files"]
        await door.act("open", (await door.rows())[1])
        assert "content_entries.jsonl" in [one["name"] for one in await door.rows()]
        await door.open("backup")
        await door.act("prune", row)
        await at.app.need(Jobs).settle()
        assert await door.rows() == []


async def test_targets_and_schedules_say_how_they_stand() -> None:
    schedules = {"nightly": {"cron": "30 3 * * *", "keep": {"daily": 14}}}
    async with site(config={"backup": {"schedules": schedules}}) as at:
        await at.backup()
        door = ViewDoor(at.app, actor("admin"))
        await door.open("backup", "targets")
        [target] = await door.rows()
        assert (target["name"], target["snapshots"]) == ("local", 1)
        await door.act("snapshots", target)
        assert len(await door.rows()) == 1
        await door.open("backup", "schedules")
        [planned] = await door.rows()
        assert (planned["name"], planned["keep"]["daily"]) == ("nightly", 14)
        assert planned["next_at"]
