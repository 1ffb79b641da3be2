"""What jobs, media and backups tell of themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.metrics.guest import read_text, samples_of, scraped
from tests.kernel.plugins import plugin

from newel import Reject, hookimpl
from newel.contracts.jobs import JobKind, JobRun, Jobs
from newel.testing import FakeClock, actor
from newel_media.model import Given

pytestmark = pytest.mark.needs_plugin("backup", "http", "jobs", "media")
PLUGINS = ("database", "migrations", "blobs_local", "audit", "jobs", "content", "media", "backup")


class Worker:
    @hookimpl
    def register_jobs(self) -> list[JobKind]:
        return [JobKind(name=f"worker.{name}", summary=name, run=getattr(self, name)) for name in ("works", "dies")]

    async def works(self, run: JobRun) -> None:
        return None

    async def dies(self, run: JobRun) -> None:
        raise Reject("it will not do")


async def pieces() -> AsyncIterator[bytes]:
    yield b"hello" * 20


async def test_jobs_media_and_backups_are_told() -> None:
    clock = FakeClock()
    config = {"backup": {"rpo_hours": 2}, "jobs": {"clock": "process"}}
    async with scraped(plugin("worker", Worker), plugins=PLUGINS, config=config, clock=clock) as (app, client):
        call = app.call(actor("admin", everything=True), "test")
        for name in ("works", "works", "dies"):
            await app.need(Jobs).enqueue(call, f"worker.{name}")
        await app.need(Jobs).settle()
        media: Any = app.plugins["media"]
        for name in ("a.txt", "b.txt"):
            await media.pipeline.take(call, pieces(), Given(name=name), source="api")
        samples = samples_of(read_text((await client.get("/metrics")).body))

        def told(name: str) -> dict[str, float]:
            found = {labels: value for (one, labels), value in samples.items() if one == name}
            return {dict(labels).popitem()[1] if labels else "": value for labels, value in found.items()}

        assert told("newel_jobs_attempts_total")["dead"] == 1
        assert told("newel_jobs_attempts_total")["done"] >= 2
        assert told("newel_jobs_queued")["dead"] == 1
        assert told("newel_media_files") == {"document": 2.0}
        assert told("newel_media_stored_bytes") == {"": 100.0}, "what is there twice counts once"
        assert told("newel_media_renditions_open") == {"pending": 0.0, "failed": 0.0}
        assert told("newel_backup_promised_seconds") == {"": 7200.0}
        assert told("newel_backup_age_seconds") == {}, "there is none: an alert asks for absence"
