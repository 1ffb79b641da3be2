"""Jobs over HTTP and on the command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.builtin_plugins.jobs.hooks import ThingChange
from tests.builtin_plugins.jobs.site import LISTENS, PLUGINS, change, kind, site, work
from tests.support import environment, newel

from newel import Reject
from newel.app import App
from newel.contracts.jobs import JobRun
from newel.testing import Client, run_command
from newel.testing.command import Outcome
from newel.testing.fakes import FakeAccounts

HTTP = (*PLUGINS, FakeAccounts.manifest, "http")


def refuse(job: JobRun) -> None:
    raise Reject("never")


@pytest.mark.needs_plugin("http")
async def test_over_http() -> None:
    kinds = [kind("t.work", lambda job: "well", by_hand=True), kind("t.bad", refuse, by_hand=True)]
    config = {"jobs": {"workers": 0, "event_attempts": 1, "poll": 60.0}}
    async with (
        site(LISTENS, kinds=kinds, plugins=HTTP, config=config, serving=True) as app,
        Client.of(app, "admin-token") as client,
    ):
        asked = await client.post("/api/v1/jobs", json={"kind": "t.work", "payload": {"x": 1}, "key": "k"})
        assert asked.status == 202
        id = asked.json()["id"]
        assert asked.headers["Location"] == f"/api/v1/jobs/{id}"
        assert (await client.get(asked.headers["Location"])).json()["id"] == id
        assert (asked.json()["state"], asked.json()["payload"]) == ("waiting", {"x": 1})
        assert (await client.post("/api/v1/jobs", json={"kind": "t.work", "key": "k"})).json()["id"] == id
        assert (await client.post("/api/v1/jobs", json={"kind": "jobs.gone"})).status == 404
        bad = (await client.post("/api/v1/jobs", json={"kind": "t.bad"})).json()["id"]
        let_work(app, 1)
        await work(app)
        let_work(app, 0)
        assert (await client.get(f"/api/v1/jobs/{id}")).json()["result"] == "well"
        listed = await client.get("/api/v1/jobs?state=dead&limit=1")
        assert [one["id"] for one in listed.json()["data"]] == [bad]
        assert "never" in listed.json()["data"][0]["error"]
        assert (await client.post(f"/api/v1/jobs/{bad}/retry")).json()["state"] == "waiting"
        assert (await client.post(f"/api/v1/jobs/{bad}/cancel")).json()["state"] == "cancelled"
        assert (await client.post(f"/api/v1/jobs/{id}/cancel")).status == 409
        assert (await client.get("/api/v1/jobs?state=odd")).status == 400
        assert (await client.get("/api/v1/jobs?cursor=odd")).status == 400
        assert [one["name"] for one in (await client.get("/api/v1/jobs/schedules")).json()] == ["jobs.clean"]


def let_work(app: App, places: int) -> None:
    """This process gets workers or loses them: the test says when things happen."""
    app.plugins["jobs"].workers.places = places  # type: ignore[attr-defined]  # see above


@pytest.mark.needs_plugin("http")
async def test_events_over_http_and_rights() -> None:
    async with (
        site(LISTENS, plugins=HTTP, config={"jobs": {"event_attempts": 1}}, serving=True) as app,
        Client.of(app, "admin-token") as client,
    ):

        def fail(change: ThingChange) -> None:
            raise RuntimeError("down")

        app.plugins["listens"].fails = fail  # type: ignore[attr-defined]  # the test's own plugin
        await change(app, "a", number=7)
        await app.settle()
        (dead,) = (await client.get("/api/v1/jobs/events")).json()["data"]
        assert (dead["plugin"], dead["subject"]["number"]) == ("listens", 7)
        app.plugins["listens"].fails = lambda change: None  # type: ignore[attr-defined]  # the test's own plugin
        path = f"/api/v1/jobs/events/{dead['event']}/retry"
        assert (await client.post(path, json={"plugin": "nobody"})).status == 404
        assert (await client.post(path, json={"plugin": "listens"})).json()["state"] == "waiting"
        await app.settle()
        assert app.plugins["listens"].heard == [("a", 7)]  # type: ignore[attr-defined]  # the test's own plugin
        reader, stranger = client.signed_in("perm:jobs.read"), client.signed_in("perm:things.write")
        assert (await reader.get("/api/v1/jobs/events")).status == 200
        assert (await reader.post(path, json={"plugin": "listens"})).status == 403
        for door in ("/jobs", "/jobs/events", "/jobs/schedules"):
            assert (await stranger.get(f"/api/v1{door}")).status == 403
            assert (await client.signed_in(None).get(f"/api/v1{door}")).status == 401


@pytest.mark.may_block
@pytest.mark.slow
@pytest.mark.engines  # a site of its own, on SQLite
def test_on_the_command_line(tmp_path: Path) -> None:
    """Asked for, done by ``newel jobs run``, shown, and what went wrong in exit codes."""

    def said(*words: str) -> Outcome:
        return run_command(*words, site=tmp_path)

    said("init").ok()
    id = said("jobs", "enqueue", "--kind", "jobs.clean", "--json").ok().json()["id"]
    assert said("jobs", "list", "--state", "waiting", "--json").ok().json()["data"][0]["id"] == id
    ran = newel("jobs", "run", "--json", folder=tmp_path)
    assert (ran.returncode, json.loads(ran.stdout)) == (0, {"done": 1, "failed": 0, "dead": 0, "cancelled": 0})
    assert said("jobs", "show", id, "--json").ok().json()["result"] == {"jobs": 0, "events": 0}
    assert said("jobs", "cancel", id).code == 4
    assert said("jobs", "show", "01JZZZZZZZZZZZZZZZZZZZZZZZ").code == 5
    assert said("jobs", "enqueue", "--kind", "jobs.gone").code == 5
    assert said("jobs", "list", "--state", "odd").code == 2
    assert "jobs.clean" in said("jobs", "schedules").ok().out
    assert said("jobs", "events").ok().out.strip() == "nothing"


@pytest.mark.engines  # a site of its own, on SQLite
@pytest.mark.may_block
@pytest.mark.slow
def test_watching_works_until_it_is_told_to_stop(tmp_path: Path) -> None:
    """It does what is asked for while it runs, and ends well on SIGTERM."""
    run_command("init", site=tmp_path).ok()
    id = run_command("jobs", "enqueue", "--kind", "jobs.clean", "--json", site=tmp_path).ok().json()["id"]
    command = [sys.executable, "-m", "newel", "--site", str(tmp_path), "jobs", "run", "--watch", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as watching:
        state = ""
        while state != "done":
            assert watching.poll() is None
            state = run_command("jobs", "show", id, "--json", site=tmp_path).ok().json()["state"]
        watching.send_signal(signal.SIGTERM)
        said = watching.communicate(timeout=60)[0]
    assert (watching.returncode, json.loads(said)["done"]) == (0, 1)
