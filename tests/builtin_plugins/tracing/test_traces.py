"""What a trace shows, of requests, operations, statements, hooks, events and jobs."""

from __future__ import annotations

import json

import pytest
from tests.builtin_plugins.jobs.site import work
from tests.builtin_plugins.tracing.site import CANARY, talking, traced

from newel.context import SYSTEM
from newel.contracts.jobs import JobKind, JobRun
from newel.testing.engines import Engine

pytestmark = pytest.mark.needs_plugin("http")

CHANGE = "POST /api/v1/things/change"


async def test_one_request_is_one_tree(engine: Engine) -> None:
    """Request, operation, hooks and statements, each below what it is a part of, and within its time."""
    async with traced() as site:
        await site.client.post("/api/v1/things/change", json={"note": "n1"})
        root = await site.collector.until(CHANGE)
        name, [(operation, steps)] = site.collector.tree(root)
        assert (name, operation) == (CHANGE, "things.change")
        names = [one if isinstance(one, str) else one[0] for one in steps]
        assert "operation_before_run" in names
        assert "INSERT things_effects" in names
        assert "INSERT jobs_events" in names
        assert names[-1] == "COMMIT"
        mine = [one for one in site.collector.spans if one.trace == root.trace]
        assert all(root.begun - 1_000_000 <= one.begun <= one.ended <= root.ended + 1_000_000 for one in mine)
        assert root.facts["http.route"] == "/api/v1/things/change"
        assert root.facts["http.response.status_code"] == 200
        assert root.facts["newel.operation"] == "things.change"
        [insert] = site.collector.named("INSERT things_effects")
        dialect = {"sqlite": "sqlite", "postgres": "postgresql", "mysql": "mysql"}[engine.plugin]
        assert insert.facts["db.system.name"] == dialect
        assert insert.facts["db.query.text"].startswith("INSERT INTO things_effects (id, note) VALUES (")
        [hook] = site.collector.named("operation_before_run")
        assert hook.facts["newel.plugin"] == "talks"


async def test_a_route_is_named_by_its_template() -> None:
    async with traced() as site:
        await site.get("/api/v1/told/hunter2?q=3", traceparent="nonsense")
        root = await site.collector.until("GET /api/v1/told/{name}")
        assert site.collector.tree(root) == (root.name, ["SELECT things_effects"] * 3)


async def test_requests_of_one_connection_are_traces_of_their_own() -> None:
    """Those to probes, and to what is no address, are none."""
    async with talking() as site:
        for path in ("/api/v1/said", "/livez", "/readyz", "/nowhere", "/api/v1/said", "/api/v1/said"):
            await site.get(path)
    assert [(one.name, one.parent) for one in site.collector.spans] == [("GET /api/v1/said", "")] * 3
    assert len({one.trace for one in site.collector.spans}) == 3


async def test_a_failure_is_marked_and_a_refusal_is_none() -> None:
    async with traced() as site:
        await site.client.post("/api/v1/things/change", json={"name": "refused"})
        await site.get("/api/v1/broken")
        broken = await site.collector.until("GET /api/v1/broken")
        assert (broken.failed, broken.facts["error.type"]) == (True, "RuntimeError")
        refused = await site.collector.until("things.change")
        assert (refused.failed, refused.facts["newel.refused"]) == (False, "invalid")


async def test_an_operation_without_a_request_begins_a_trace() -> None:
    async with traced() as site:
        await site.app.operations.run("things.change", {}, site.app.call(SYSTEM, "cli"))
        root = await site.collector.until("things.change")
        assert (root.parent, root.facts["newel.door"]) == ("", "cli")


async def test_jobs_and_events_name_what_asked_for_them() -> None:
    """Each is a trace of its own, with a link to the operation."""

    async def run(job: JobRun) -> None:
        raise ValueError(CANARY)

    async with traced(kinds=[JobKind(name="things.work", summary="Works.", run=run, attempts=1)]) as site:
        await site.client.post("/api/v1/things/change", json={"job": "things.work"})
        await work(site.app)
        job = await site.collector.until("job things.work")
        event = await site.collector.until("event thing_after_change")
        asked = await site.collector.until("things.change")
        assert job.links == event.links == ((asked.trace, asked.id),)
        assert len({job.trace, event.trace, asked.trace}) == 3
        assert (job.failed, job.facts["error.type"]) == (True, "ValueError")
        assert [one.facts["newel.plugin"] for one in site.collector.named("thing_after_change")] == ["listens"]


async def test_no_more_steps_than_allowed() -> None:
    async with traced(spans=4) as site:
        await site.get("/api/v1/told/a?q=9")
        root = await site.collector.until("GET /api/v1/told/{name}")
        assert len(site.collector.named("SELECT things_effects")) == 3
        assert root.facts["newel.dropped_steps"] == 6


async def test_log_lines_name_the_trace() -> None:
    async with talking() as site:
        await site.get("/api/v1/said")
        root = await site.collector.until("GET /api/v1/said")
        lines = [json.loads(line) for line in site.log.getvalue().splitlines()]
        named = {line["message"] for line in lines if line.get("trace_id") == root.trace}
        assert {"said", "request"} <= named


async def test_who_may_watch_the_site_gets_the_trace() -> None:
    async with talking() as site:
        headers = (await site.get("/api/v1/said")).headers
        root = await site.collector.until("GET /api/v1/said")
        assert headers["X-Trace-Id"] == root.trace
        for token in (None, "perm:things.write"):
            assert "X-Trace-Id" not in (await site.client.signed_in(token).get("/api/v1/said")).headers


async def test_nothing_that_somebody_typed_is_sent() -> None:
    """Neither paths, queries, headers, bodies, values of statements nor the words of errors."""
    async with traced() as site:
        for path in (f"/api/v1/told/{CANARY}?q=1", "/api/v1/broken", f"/api/v1/told/a?q={CANARY}"):
            await site.get(path, Cookie=CANARY, X_Secret=CANARY, tracestate=f"x={CANARY}")
        await site.client.post("/api/v1/things/change", json={"note": CANARY, "ids": [CANARY], "name": CANARY})
        await site.collector.until(CHANGE)
    assert len(site.collector.spans) > 10
    assert not any(CANARY.encode() in body for body in site.collector.bodies)
