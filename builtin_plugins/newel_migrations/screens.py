"""The changes of tables, with their state."""

from __future__ import annotations

from newel.context import Permission
from newel.contracts.tui import Screen
from newel.contracts.views import Ask, Col, Listing
from newel.pages import standing

STEPS = Listing(
    title="Table changes",
    ask=Ask(operation="migrate.status"),
    at="",
    columns=(
        Col(label="State", value="state", cell="state", weight=0),
        Col(label="Plugin", value="plugin", weight=1),
        Col(label="No.", value="number", cell="number", weight=0),
        Col(label="Change", value="name", weight=2),
        Col(label="Applied", value="applied_at", cell="time", weight=1),
    ),
    empty="no plugin keeps tables",
)


def screens(needs: Permission) -> tuple[Screen, ...]:
    return (Screen(name="main", section="site", label="Migrations", icon="⇡", needs=needs, open=standing(STEPS)),)
