"""The screens of jobs: what waits, what failed, and doing it again."""

from __future__ import annotations

import pytest
from tests.builtin_plugins.jobs.hooks import ThingChange
from tests.builtin_plugins.jobs.site import LISTENS, change, kind, site
from tests.views import ViewDoor

from newel import Reject
from newel.contracts.jobs import JobRun
from newel.contracts.views import Form, Listing
from newel.testing import actor

pytestmark = pytest.mark.engines("sqlite")  # the screens speak in operations, which are tested on each engine


def refuse(job: JobRun) -> None:
    raise Reject("never")


async def test_jobs_are_asked_for_cancelled_and_done_again() -> None:
    kinds = [kind("t.work", lambda job: "well", by_hand=True), kind("t.secret", refuse)]
    async with site(LISTENS, kinds=kinds, config={"jobs": {"workers": 0}}) as app:
        door = ViewDoor(app, actor("admin"))
        await door.open("jobs")
        assert await door.rows() == []
        await door.act("new")
        assert isinstance(door.layout, Form)
        pick = door.layout.controls[0].pick
        assert pick is not None
        assert pick.listing.ask is not None
        offered = [one[pick.value] for one in await door.asked(pick.listing.ask)]
        assert "t.work" in offered
        assert "t.secret" not in offered
        assert {"t.work", "t.secret"} <= {one["name"] for one in await door.run("jobs.kinds", {})}
        await door.submit(kind="t.work", payload={"x": 1})
        assert isinstance(door.layout, Listing)
        [job] = await door.rows(state="waiting")
        assert job["payload"] == {"x": 1}
        await door.act("cancel", job)
        [job] = await door.rows(state="cancelled")
        await door.act("retry", job)
        assert [one["id"] for one in await door.rows(state="waiting", kind="t.work")] == [job["id"]]
        await door.act("schedules")
        assert "Schedules" in door.text
        assert (await door.run("jobs.schedules", {}))[0]["name"] == "jobs.clean"


async def test_events_that_could_not_be_told_are_told_again() -> None:
    async with site(LISTENS, config={"jobs": {"event_attempts": 1}}) as app:

        def fail(change: ThingChange) -> None:
            raise RuntimeError("down")

        app.plugins["listens"].fails = fail  # type: ignore[attr-defined]  # the test's own plugin
        await change(app, "a", number=7)
        await app.settle()
        door = ViewDoor(app, actor("admin"))
        await door.open("jobs", "events")
        [event] = await door.rows()
        assert (event["plugin"], event["state"]) == ("listens", "dead")
        app.plugins["listens"].fails = lambda change: None  # type: ignore[attr-defined]  # the test's own plugin
        await door.act("retry", event)
        await app.settle()
        assert await door.rows() == []
        assert app.plugins["listens"].heard == [("a", 7)]  # type: ignore[attr-defined]  # the test's own plugin
