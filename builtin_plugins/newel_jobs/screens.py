"""Jobs, schedules, and events that could not be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newel import Call
from newel.contracts.tui import Action, Init, Navigate, Screen, ScreenSession
from newel.contracts.views import Act, Ask, Col, Control, Form, Listing, Pick, View
from newel.pages import Pages, standing
from newel_jobs.permissions import JOBS_READ

REFRESH = 5.0
ID = {"id": "$id"}
WHAT = (
    Col(label="Kind", value="kind", weight=2), Col(label="State", value="state", cell="state", weight=0),
    Col(label="Due", value="due_at", cell="time", weight=0),
)  # fmt: skip
JOBS = Listing(
    title="Jobs",
    ask=Ask(operation="jobs.list"),
    columns=(
        *WHAT, Col(label="Try", value="attempt", cell="number", weight=0), Col(label="Error", value="error", weight=3),
    ),
    details=(
        *WHAT, Col(label="Done", value="progress.done"), Col(label="Of", value="progress.total"),
        Col(label="Note", value="progress.note"), Col(label="Try", value="attempt"),
        Col(label="Tries", value="attempts"), Col(label="Error", value="error"), Col(label="Result", value="result"),
        Col(label="Payload", value="payload"), Col(label="Asked", value="created_at", cell="time"),
        Col(label="Begun", value="started_at", cell="time"), Col(label="Ended", value="ended_at", cell="time"),
        Col(label="Key", value="key"), Col(label="Id", value="id"),
    ),
    filters=("state", "kind"),
    acts=(
        Act(name="new", label="ask for one", key="n", row=False),
        Act(
            name="retry", label="do it again", key="t", many=True, unless={"state": "done"},
            ask=Ask(operation="jobs.retry", params=ID),
        ),
        Act(
            name="cancel", label="cancel", key="d", many=True, unless={"state": "done"}, confirm="Cancel this job?",
            ask=Ask(operation="jobs.cancel", params=ID),
        ),
        Act(
            name="events", label="events", key="E", row=False, opens=Navigate(plugin="jobs", screen="events"),
        ),
        Act(
            name="schedules", label="schedules", key="S", row=False,
            opens=Navigate(plugin="jobs", screen="schedules"),
        ),
    ),
    empty="no job",
    refresh=REFRESH,
)  # fmt: skip
SCHEDULES = Listing(
    title="Schedules",
    ask=Ask(operation="jobs.schedules"),
    at="",
    key="name",
    columns=(
        Col(label="Name", value="name", weight=2), Col(label="Job", value="kind", weight=2),
        Col(label="Cron", value="cron"), Col(label="Zone", value="zone", weight=0),
        Col(label="Next", value="next_at", cell="time", weight=0),
    ),
    details=(
        Col(label="Name", value="name"), Col(label="Job", value="kind"), Col(label="Cron", value="cron"),
        Col(label="Zone", value="zone"), Col(label="Missed times", value="catch_up"),
        Col(label="Next", value="next_at", cell="time"),
    ),
    empty="no schedule",
)  # fmt: skip
EVENTS = Listing(
    title="Events",
    ask=Ask(operation="jobs.events"),
    key="seq",
    columns=(
        Col(label="Plugin", value="plugin"), Col(label="Hook", value="hook", weight=2),
        Col(label="State", value="state", cell="state", weight=0),
        Col(label="Tries", value="attempts", cell="number", weight=0), Col(label="Error", value="error", weight=3),
    ),
    details=(
        Col(label="Event", value="event"), Col(label="Plugin", value="plugin"), Col(label="Hook", value="hook"),
        Col(label="Error", value="error"), Col(label="Due", value="due_at", cell="time"),
        Col(label="Since", value="created_at", cell="time"), Col(label="Subject", value="subject"),
    ),
    filters=("state", "plugin"),
    acts=(
        Act(
            name="retry", label="tell it again", key="t", many=True, when={"state": "dead"},
            ask=Ask(operation="jobs.retry_event", params={"event": "$event", "plugin": "$plugin"}),
        ),
    ),
    empty="every plugin heard of everything",
    refresh=REFRESH,
)  # fmt: skip
KIND = Pick(
    listing=Listing(
        title="Kinds of job", ask=Ask(operation="jobs.kinds", params={"by_hand": True}), at="", key="name",
        columns=(Col(label="Kind", value="name"), Col(label="What it does", value="summary", weight=3)),
    ),
    label="name", value="name",
)  # fmt: skip


class Work(Pages):
    """The list, and the form above it."""

    async def first(self, event: Init) -> View | Action:
        return JOBS

    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        form = Form(
            title="A new job",
            controls=(
                Control(name="kind", kind="reference", label="kind", required=True, pick=KIND),
                Control(name="payload", kind="json", label="payload", help="What the kind asks for."),
                Control(name="due", kind="datetime", label="due", help="Not before this moment; empty: now."),
                Control(name="key", label="key", help="While one with this key waits, no second one is added."),
            ),
            submit=Ask(operation="jobs.enqueue"),
            changed_only=True,
        )
        return self.over(form) if act == "new" else None


async def _work(call: Call, params: Mapping[str, Any]) -> ScreenSession:
    return Work()


def screens() -> Sequence[Screen]:
    """What people see of jobs."""
    return (
        Screen(name="main", section="site", label="Jobs", open=_work, needs=JOBS_READ),
        Screen(name="events", section="site", label="Events", open=standing(EVENTS), needs=JOBS_READ),
        Screen(name="schedules", section="site", label="Schedules", open=standing(SCHEDULES), needs=JOBS_READ),
    )
