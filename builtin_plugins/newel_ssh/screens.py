"""The screens of the SSH door: how it stands, and who is in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from newel import Call
from newel.contracts.layout import Cell, Column, Detail, Grid, Pair
from newel.contracts.tui import Action, Init, Navigate, Screen, ScreenSession
from newel.contracts.views import Act, Ask, Col, Listing, Sheet, View
from newel.pages import Pages, standing
from newel_ssh.permissions import SSH_READ

if TYPE_CHECKING:
    from newel.app import App
    from newel_ssh.model import Status

REFRESH = 5.0
SESSIONS = Listing(
    title="SSH sessions",
    ask=Ask(operation="ssh.sessions.list"),
    columns=(
        Col(label="Who", value="name"),
        Col(label="From", value="ip", weight=0),
        Col(label="Since", value="since", cell="time", weight=0),
        Col(label="Idle (s)", value="idle_seconds", cell="number", weight=0),
        Col(label="What", value="what", cell="list"),
    ),
    acts=(
        Act(
            name="end", label="end", key="d", many=True, confirm="End this session?",
            ask=Ask(operation="ssh.sessions.end", params={"id": "$id"}),
        ),
    ),
    details=(
        Col(label="Who", value="name"), Col(label="Account", value="user"), Col(label="Key", value="key"),
        Col(label="From", value="ip"), Col(label="Since", value="since", cell="time"),
        Col(label="What", value="what", cell="list"), Col(label="Session", value="id"),
    ),
    empty="nobody is signed in over SSH",
    refresh=REFRESH,
)  # fmt: skip


class Door(Pages):
    """How the door stands."""

    def __init__(self, app: App, call: Call) -> None:
        super().__init__()
        self._app = app
        self._call = call

    async def first(self, event: Init) -> View | Action:
        found: Status = await self._app.operations.run("ssh.status", {}, self._call)
        pairs = (
            Pair(label="Open", value="yes" if found.open else "no"),
            Pair(label="Address", value=f"{found.host} port {found.port}"),
            Pair(label="Host key", value=found.fingerprint or "none yet"),
            Pair(label="Passwords", value="accepted" if found.passwords else "not accepted"),
            Pair(label="Signed in", value=f"{found.sessions} of {found.most_sessions}"),
            Pair(label="Half open", value=f"{found.half_open}"),
            Pair(label="Turned away", value=f"{found.turned_away}"),
        )
        cell = Cell(title="SSH door", content=Detail(fields=pairs))
        return Sheet(
            title="SSH door",
            grid=Grid(columns=(Column(span=12, cells=(cell,)),), refresh=REFRESH),
            acts=(
                Act(
                    name="sessions", label="sessions", key="s", row=False,
                    opens=Navigate(plugin="ssh", screen="sessions"),
                ),
            ),
        )  # fmt: skip

    async def again(self) -> View | Action | None:
        width, height = self.size
        return await self.first(Init(width=width, height=height))


def screens(app: App) -> Sequence[Screen]:
    async def door(call: Call, params: Mapping[str, Any]) -> ScreenSession:
        return Door(app, call)

    return (
        Screen(name="main", section="site", label="SSH door", open=door, needs=SSH_READ),
        Screen(name="sessions", section="people", label="SSH sessions", open=standing(SESSIONS), needs=SSH_READ),
    )
