"""Dead and late jobs are found (``register_health_checks``), and counted (``register_metrics``)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.kernel.plugins import plugin
from tests.screens import ADMIN

from newel import Reject, hookimpl
from newel.contracts.jobs import JobKind, JobRun, Jobs
from newel.testing import FakeClock, make_app


class Worker:
    @hookimpl
    def register_jobs(self) -> list[JobKind]:
        return [JobKind(name="worker.work", summary="Fails.", run=self.work)]

    async def work(self, run: JobRun) -> None:
        raise Reject("it will not do")


@pytest.mark.needs_plugin("site")
async def test_dead_and_late_jobs_are_found() -> None:
    clock = FakeClock()
    plugins = ["database", "migrations", "jobs", "site", plugin("worker", Worker)]
    async with make_app(plugins, {"jobs": {"clock": "process"}}, clock=clock) as app:
        site: Any = app.plugins["site"]
        call = app.call(ADMIN, "test")

        async def found() -> tuple[str, str]:
            await clock.jump(2)
            health = await app.operations.run("site.health", {}, call)
            return next((one.state, one.detail) for one in health.checks if one.name == "jobs.queue")

        assert await found() == ("ok", "0 waiting, 0 running")
        await app.need(Jobs).enqueue(call, "worker.work")
        assert await found() == ("ok", "1 waiting, 0 running")
        await clock.jump(400)
        assert await found() == ("warning", "jobs have been due for more than five minutes")
        await app.need(Jobs).settle()
        assert await found() == ("warning", "a job is dead")
        assert await app.need(Jobs).figures() == {"waiting": 0, "running": 0, "dead": 1}
        await site.sampler.take()
        told = await app.operations.run("site.metrics", {"name": ["jobs_queued"]}, call)
        assert {one.value: one.values[-1] for one in told.series} == {"waiting": 0, "running": 0, "dead": 1}
