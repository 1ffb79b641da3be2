"""The trail: its rows, what each one changed, and undoing from there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import fields

from newel import Call
from newel.contracts.layout import Cell, Column, Detail, Grid, Pair, Table
from newel.contracts.tui import Action, Init, Navigate, Screen, ScreenSession
from newel.contracts.views import Act, Ask, Col, Listing, Sheet, View
from newel.pages import Pages
from newel_audit.differing import differences
from newel_audit.model import AuditQuery
from newel_audit.permissions import AUDIT_READ

FILTERS = tuple(one.name for one in fields(AuditQuery) if one.name not in ("limit", "cursor"))
UNDO = Act(
    name="undo", label="undo", key="U", unless={"outcome": "denied"}, shows=True,
    ask=Ask(operation="audit.undo", params={"id": "$id"}), confirm="Take back all that this request did?",
)  # fmt: skip
REQUEST = Act(
    name="request", label="the whole request", key="o",
    opens=Navigate(plugin="audit", screen="main", params={"request_id": "$request_id"}),
)  # fmt: skip
HISTORY = Act(
    name="history", label="history of this", key="H", unless={"entity": None},
    opens=Navigate(plugin="audit", screen="main", params={"entity": "$entity", "entity_id": "$entity_id"}),
)  # fmt: skip
WHO = ("at", "actor_name", "actor", "actor_kind", "credential", "door", "ip", "operation", "outcome", "detail",
       "entity", "entity_id", "request_id", "id")  # fmt: skip


class Trail(Pages):
    """The list, and one row in full above it. ``narrowed`` are filters that it starts with."""

    def __init__(self, narrowed: Mapping[str, Any]) -> None:
        super().__init__()
        self._narrowed = {name: value for name, value in narrowed.items() if name in FILTERS and value}

    async def first(self, event: Init) -> View | Action:
        told = ", ".join(f"{name} {value}" for name, value in self._narrowed.items())
        return Listing(
            title=f"Audit trail: {told}" if told else "Audit trail",
            ask=Ask(operation="audit.list", params=self._narrowed),
            columns=(
                Col(label="When", value="at", cell="time", weight=0), Col(label="Who", value="actor_name"),
                Col(label="What", value="operation", weight=2), Col(label="Of", value="entity"),
                Col(label="Which", value="entity_id", weight=2),
                Col(label="Outcome", value="outcome", cell="state", weight=0),
            ),
            details=tuple(Col(label=name.replace("_", " "), value=name) for name in WHO),
            filters=tuple(name for name in FILTERS if name not in self._narrowed),
            acts=(Act(name="show", label="what it changed", key="v"), UNDO, REQUEST, HISTORY),
            empty="nothing was done",
        )  # fmt: skip

    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        return self.over(_row(rows[0])) if act == "show" and rows else None


def _row(row: Mapping[str, Any]) -> Sheet:
    """A row of the trail, with what it changed value by value."""
    told = tuple(Pair(label=name.replace("_", " "), value=str(row[name])) for name in WHO if row[name])
    changed = tuple((one.mark, one.path, one.before, one.after) for one in differences(row["before"], row["after"]))
    cells = (
        Cell(title=str(row["operation"]), height=0.45, content=Detail(fields=told)),
        Cell(title="Changes", content=Table(headers=("", "field", "before", "after"), rows=changed)),
    )
    return Sheet(
        title=f"{row['operation']} by {row['actor_name']}", grid=Grid(columns=(Column(span=12, cells=cells),)),
        acts=(UNDO, REQUEST, HISTORY), subject=row,
    )  # fmt: skip


async def _trail(call: Call, params: Mapping[str, Any]) -> ScreenSession:
    return Trail(params)


def screens() -> Sequence[Screen]:
    """What people see of the trail."""
    return (Screen(name="main", section="site", label="Audit trail", open=_trail, needs=AUDIT_READ),)
