"""What the operations of jobs take and answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from attrs import Factory, frozen

from newel import Max, MaxLength, Min
from newel.contracts.jobs import CatchUp, Job, JobState


@frozen(kw_only=True)
class JobId:
    """The job meant."""

    id: Annotated[str, "Its id.", MaxLength(26)]


@frozen(kw_only=True)
class JobQuery:
    """Which jobs, the newest first."""

    state: Annotated[JobState | None, "Only jobs in this state."] = None
    kind: Annotated[str | None, "Only this kind of job, such as `content.reindex`.", MaxLength(128)] = None
    limit: Annotated[int, "Jobs a page.", Min(1), Max(200)] = 50
    cursor: Annotated[str | None, "Where the previous page ended (`next`).", MaxLength(26)] = None


@frozen(kw_only=True)
class JobPage:
    """A page of jobs; ``next`` is the cursor of the following one."""

    data: tuple[Job, ...]
    next: str | None = None


@frozen(kw_only=True)
class NewJob:
    """A job to be done."""

    kind: Annotated[str, "A kind that people may ask for, such as `jobs.clean`.", MaxLength(128)]
    payload: Annotated[Mapping[str, Any], "What the kind asks for."] = Factory(dict)
    due: Annotated[datetime | None, "Not before this moment; empty: now."] = None
    priority: Annotated[int | None, "Higher goes first; empty: the kind's own.", Min(-1000), Max(1000)] = None
    key: Annotated[str | None, "While a job of this kind and key waits, no second one is added.", MaxLength(191)] = None


@frozen(kw_only=True)
class KindQuery:
    """Which kinds."""

    by_hand: Annotated[bool | None, "Only those that people may ask for, or may not."] = None


@frozen(kw_only=True)
class KindRow:
    """A kind of job that this process knows."""

    name: str
    summary: str
    by_hand: Annotated[bool, "Whether people may ask for it."]
    attempts: int


@frozen(kw_only=True)
class ScheduleRow:
    """A schedule as this process knows it."""

    name: str
    kind: str
    cron: str
    zone: str
    catch_up: CatchUp
    next_at: Annotated[str, "When it comes next."]


@frozen(kw_only=True)
class EventQuery:
    """Which events, the newest first."""

    state: Annotated[
        Literal["dead", "waiting"], "`dead`: given up on; `waiting`: to be told, or told again after a failure."
    ] = "dead"
    plugin: Annotated[str | None, "Only those for this plugin.", MaxLength(64)] = None
    limit: Annotated[int, "Events a page.", Min(1), Max(200)] = 50
    cursor: Annotated[int | None, "Where the previous page ended (`next`).", Min(0)] = None


@frozen(kw_only=True)
class EventRow:
    """One event for one plugin."""

    seq: Annotated[int, "Its number in the list; no two are the same."]
    event: Annotated[str, "Its id, the same for all plugins."]
    plugin: str
    hook: str
    state: str
    attempts: int
    created_at: str
    due_at: str
    subject: Any
    error: str | None


@frozen(kw_only=True)
class EventPage:
    """A page of events; ``next`` is the cursor of the following one."""

    data: tuple[EventRow, ...]
    next: int | None = None


@frozen(kw_only=True)
class EventId:
    """The dead event meant."""

    event: Annotated[str, "Its id.", MaxLength(26)]
    plugin: Annotated[str, "The plugin that could not be told.", MaxLength(64)]
