"""The first tables; what they are for stands in ``tables.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Makes the tables of events, jobs and schedules."""
    from sqlalchemy import BigInteger, Column, Integer, String, Text

    op.create_table(
        "jobs_events",
        Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
        Column("event", String(26), nullable=False),
        Column("plugin", String(64), nullable=False),
        Column("hook", String(128), nullable=False),
        Column("lane", String(64), nullable=False),
        Column("state", String(16), nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("due_at", String(24), nullable=False),
        Column("lease", String(26)),
        Column("leased_until", String(24)),
        Column("created_at", String(24), nullable=False),
        Column("ended_at", String(24)),
        Column("subject_json", Text, nullable=False),
        Column("call_json", Text, nullable=False),
        Column("error", Text),
        sqlite_autoincrement=True,
    )
    op.create_index("jobs_events_line", "jobs_events", ["state", "plugin", "seq"])
    op.create_index("jobs_events_lane", "jobs_events", ["lane", "state", "seq"])
    op.create_index("jobs_events_lease", "jobs_events", ["lease"])

    op.create_table(
        "jobs_queue",
        Column("id", String(26), primary_key=True),
        Column("kind", String(128), nullable=False),
        Column("state", String(16), nullable=False),
        Column("urgency", Integer, nullable=False),
        Column("due_at", String(24), nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("lease", String(26)),
        Column("leased_until", String(24)),
        Column("cancelling", Integer, nullable=False),
        Column("created_at", String(24), nullable=False),
        Column("started_at", String(24)),
        Column("ended_at", String(24)),
        Column("actor", String(64), nullable=False),
        Column("job_key", String(191)),
        Column("waiting_key", String(64)),
        Column("once_key", String(64)),
        Column("payload_json", Text, nullable=False),
        Column("call_json", Text, nullable=False),
        Column("progress_json", Text),
        Column("result_json", Text),
        Column("error", Text),
    )
    op.create_index("jobs_queue_claim", "jobs_queue", ["state", "urgency", "due_at", "id"])
    op.create_index("jobs_queue_ended", "jobs_queue", ["state", "ended_at"])
    op.create_index("jobs_queue_state", "jobs_queue", ["state", "id"])
    op.create_index("jobs_queue_kind", "jobs_queue", ["kind", "id"])
    op.create_index("jobs_queue_waiting", "jobs_queue", ["waiting_key"], unique=True)
    op.create_index("jobs_queue_once", "jobs_queue", ["once_key"], unique=True)

    op.create_table(
        "jobs_schedules",
        Column("id", String(64), primary_key=True),
        Column("name", String(191), nullable=False),
        Column("cron", String(191), nullable=False),
        Column("zone", String(64), nullable=False),
        Column("seen_at", String(24), nullable=False),
        Column("touched_at", String(24), nullable=False),
    )
