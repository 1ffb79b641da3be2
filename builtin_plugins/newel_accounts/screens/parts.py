"""What several screens of accounts are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newel.contracts.layout import Cell, Column, Detail, Grid, Line, Pair, Text
from newel.contracts.views import Ask, Col, Control, Listing, Pick, Sheet

ROLE = Pick(
    listing=Listing(
        title="Roles", ask=Ask(operation="roles.list"), key="name",
        columns=(Col(label="Role", value="name"), Col(label="What for", value="summary", weight=3)),
    ),
    label="name", value="name",
)  # fmt: skip
PERMISSION = Pick(
    listing=Listing(
        title="Permissions", ask=Ask(operation="permissions.list"), key="name",
        columns=(
            Col(label="Permission", value="name"), Col(label="What it allows", value="summary", weight=3),
            Col(label="Plugin", value="plugin", weight=0),
        ),
    ),
    label="name", value="name",
)  # fmt: skip


def control(name: str, kind: Any = "text", told: str = "", **more: Any) -> Control:
    """A field called as the input is."""
    return Control(name=name, kind=kind, label=name.replace("_", " "), help=told, **more)


def shown_once(title: str, answer: Mapping[str, Any], secret: str, *names: str) -> Sheet:
    """A secret that was just made, with what it belongs to."""
    pairs = tuple(Pair(label=name.replace("_", " "), value=str(answer[name])) for name in (*names, secret))
    told = Text(lines=(Line(text="It is shown this once: keep it now.", bold=True),))
    cells = (Cell(title=title, content=Detail(fields=pairs)), Cell(height=0.2, content=told))
    return Sheet(title=title, grid=Grid(columns=(Column(span=12, cells=cells),)), subject=answer)
