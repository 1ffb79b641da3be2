"""The database: its tables, and the engine's own check."""

from __future__ import annotations

from newel.contracts.tui import Screen
from newel.contracts.views import Act, Ask, Col, Listing
from newel.pages import standing
from newel_db.permissions import DATABASE_READ

TABLES = Listing(
    title="Database",
    ask=Ask(operation="db.size"),
    at="tables",
    key="name",
    columns=(
        Col(label="Table", value="name", weight=3),
        Col(label="Rows", value="rows", cell="number", weight=1),
        Col(label="Size", value="bytes", cell="bytes", weight=1),
    ),
    acts=(
        Act(name="check", label="Check integrity", key="c", ask=Ask(operation="db.check"), row=False, shows=True),
    ),
    empty="no tables",
)  # fmt: skip
SCREENS = (Screen(name="main", section="site", label="Database", icon="▤", needs=DATABASE_READ, open=standing(TABLES)),)
