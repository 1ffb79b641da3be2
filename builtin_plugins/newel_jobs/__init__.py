"""The outbox and the job queue: nothing that was promised is lost with a process."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.database import Database
from newel.contracts.jobs import Jobs
from newel.contracts.migrations import Migrations
from newel.contracts.outbox import Outbox
from newel.contracts.tracing import Tracing
from newel_jobs.config import JobsConfig

manifest = Manifest(
    name="jobs",
    summary="Tells events and does jobs, also after a crash: at least once, leased, retried, at set times.",
    load="newel_jobs.plugin:JobsPlugin",
    config=JobsConfig,
    needs=(Database, Migrations),
    wants=(Tracing,),
    provides=(Outbox, Jobs),
    commands={"jobs": "Jobs, schedules, and events that could not be told."},
)
