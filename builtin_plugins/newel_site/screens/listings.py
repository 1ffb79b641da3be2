"""Screens that are lists of what an operation answers."""

from __future__ import annotations

from newel.contracts.views import Ask, Col, Listing

HEALTH = Listing(
    title="Health",
    ask=Ask(operation="site.health"),
    at="checks",
    key="name",
    columns=(
        Col(label="State", value="state", cell="state", weight=0),
        Col(label="Check", value="name", weight=0),
        Col(label="What was found", value="detail", weight=1),
    ),
    details=(
        Col(label="Looked at", value="summary"),
        Col(label="Found", value="detail"),
        Col(label="What to do", value="remedy"),
        Col(label="Plugin", value="plugin"),
        Col(label="Took (ms)", value="ms", cell="number"),
    ),
    empty="no plugin brings a check",
    refresh=10,
)

LOG = Listing(
    title="Log of this process, the newest first",
    ask=Ask(operation="site.log"),
    columns=(
        Col(label="Time", value="at", cell="time", weight=0),
        Col(label="Level", value="level", cell="state", weight=0),
        Col(label="Plugin", value="plugin", weight=1),
        Col(label="Message", value="line", weight=4),
    ),
    details=(
        Col(label="Message", value="message"),
        Col(label="Details", value="details"),
        Col(label="Request", value="request_id"),
        Col(label="Time", value="at"),
        Col(label="Traceback", value="traceback"),
    ),
    search="text",
    filters=("level", "plugin"),
    empty="nothing was logged",
    refresh=2,
)
