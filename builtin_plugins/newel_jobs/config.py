"""What can be set about jobs and events."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen

from newel import Max, Min


@frozen(kw_only=True)
class JobsConfig:
    """The ``[jobs]`` section. Seconds and days where nothing else is said."""

    workers: Annotated[int, "Jobs at once in this process; 0: it does none.", Min(0), Max(256)] = 4
    deliveries: Annotated[int, "Events that one plugin is told at once by this process.", Min(1), Max(64)] = 4
    poll: Annotated[float, "How often this process looks for work that nobody told it of.", Min(0.05), Max(60)] = 1.0
    lease: Annotated[
        float, "How long a lost process keeps its work from others; renewed at a third of it.", Min(5), Max(3600)
    ] = 60.0
    stop_seconds: Annotated[float, "How long what runs may go on when the process stops.", Min(0), Max(25)] = 10.0
    event_attempts: Annotated[int, "How often a plugin is told an event that it fails at.", Min(1), Max(100)] = 15
    event_pause: Annotated[float, "Before an event is told again; doubles each time.", Min(0.1), Max(3600)] = 5.0
    event_longest_pause: Annotated[float, "The longest such pause.", Min(1), Max(86_400)] = 3600.0
    keep_done_days: Annotated[int, "How long jobs that are done or cancelled are kept.", Min(0), Max(3650)] = 7
    keep_dead_days: Annotated[int, "How long dead jobs and events are kept.", Min(1), Max(3650)] = 30
    orphan_days: Annotated[
        int, "How long events wait for a plugin that is off or gone, before they are dropped.", Min(0), Max(3650)
    ] = 30
    max_result: Annotated[
        int,
        "Characters of JSON kept of a job's result; a larger one is replaced by a mark with its size.",
        Min(1024),
        Max(16_000_000),
    ] = 65_536
    clock: Annotated[
        Literal["engine", "process"], "Whose clock leases, due times and schedules go by; `process` is for tests."
    ] = "engine"  # fmt: skip
