"""The plugins: their state, why it is so, and a switch."""

from __future__ import annotations

from newel.contracts.tui import Screen
from newel.contracts.views import Act, Ask, Col, Listing
from newel.pages import standing
from newel_plugins_admin.permissions import PLUGINS_READ

NAME = {"name": "$name"}
ALL = Listing(
    title="Plugins",
    ask=Ask(operation="plugins.list"),
    at="",
    key="name",
    columns=(
        Col(label="State", value="state", cell="state", weight=0),
        Col(label="Name", value="name", weight=1),
        Col(label="Version", value="version", weight=0),
        Col(label="What it is for, or why it is off", value="note", weight=3),
    ),
    detail=Ask(operation="plugins.get", params=NAME),
    details=(
        Col(label="Name", value="name"),
        Col(label="What it is for", value="summary"),
        Col(label="State", value="state", cell="state"),
        Col(label="Why", value="why"),
        Col(label="Comes from", value="origin"),
        Col(label="Takes a restart to switch off", value="restart"),
        Col(label="Failures", value="troubles", cell="list"),
        Col(label="Hooks that failed", value="breakers", cell="list"),
        Col(label="Provides", value="provides", cell="list"),
        Col(label="Needs", value="needs", cell="list"),
        Col(label="Uses", value="wants", cell="list"),
        Col(label="Hooks", value="hooks", cell="list"),
        Col(label="Operations", value="operations", cell="list"),
        Col(label="Outdated", value="deprecations", cell="list"),
    ),
    acts=(
        Act(name="show", label="Details", key="enter", ask=Ask(operation="plugins.get", params=NAME), shows=True),
        Act(
            name="enable", label="Switch on", key="n", ask=Ask(operation="plugins.enable", params=NAME),
            unless={"state": "on"}, confirm="Switch this plugin on?", shows=True,
        ),
        Act(
            name="disable", label="Switch off", key="d", ask=Ask(operation="plugins.disable", params=NAME),
            when={"state": "on"}, shows=True,
            confirm="Switch this plugin off? What it brings (screens, routes, operations) goes with it.",
        ),
    ),
    empty="no plugins",
)  # fmt: skip
SCREENS = (Screen(name="main", section="site", label="Plugins", icon="◫", needs=PLUGINS_READ, open=standing(ALL)),)
