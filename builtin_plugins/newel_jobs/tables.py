"""The tables of events, jobs and schedules.

``jobs_events``: one row for each event and plugin. ``seq`` comes from the engine, since the clocks of nodes differ;
rows with the same ``lane`` (plugin and entity) are told in its order. A row is leased until ``leased_until``.

``jobs_queue``: ``urgency`` is the priority with its sign turned, so that one ascending index serves. ``waiting_key`` is
a hash of kind and key while the job waits, ``once_key`` one of schedule and time: what may be there once, its unique
index keeps. ``lease`` is another for each attempt.

``jobs_schedules``: one row for each definition (name, expression, zone); times up to ``seen_at`` are dealt with.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()


events = Table(
    "jobs_events", metadata,
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
    Index("jobs_events_line", "state", "plugin", "seq"),
    Index("jobs_events_lane", "lane", "state", "seq"),
    Index("jobs_events_lease", "lease"),
    sqlite_autoincrement=True,
)  # fmt: skip

queue = Table(
    "jobs_queue", metadata,
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
    Index("jobs_queue_claim", "state", "urgency", "due_at", "id"),
    Index("jobs_queue_ended", "state", "ended_at"),
    Index("jobs_queue_state", "state", "id"),
    Index("jobs_queue_kind", "kind", "id"),
    Index("jobs_queue_waiting", "waiting_key", unique=True),
    Index("jobs_queue_once", "once_key", unique=True),
)  # fmt: skip

schedules = Table(
    "jobs_schedules", metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(191), nullable=False),
    Column("cron", String(191), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("seen_at", String(24), nullable=False),
    Column("touched_at", String(24), nullable=False),
)  # fmt: skip
