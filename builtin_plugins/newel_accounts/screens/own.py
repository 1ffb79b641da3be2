"""One's own account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from newel import Call
from newel.contracts.layout import Cell, Column, Detail, Grid, Item, List, Pair
from newel.contracts.tui import Action, Init, Navigate, ScreenSession
from newel.contracts.views import Act, Ask, Sheet, View
from newel.pages import Pages

if TYPE_CHECKING:
    from newel.app import App
    from newel_accounts.model import Me


class Account(Pages):
    """Who one is, what one may do, and the ways to one's credentials."""

    def __init__(self, app: App, call: Call) -> None:
        super().__init__()
        self._app = app
        self._call = call

    async def first(self, event: Init) -> View | Action:
        me: Me = await self._app.operations.run("auth.me", {}, self._call)
        pairs = (
            Pair(label="Name", value=me.name), Pair(label="E-mail", value=me.email or "no account"),
            Pair(label="Role", value=", ".join(me.roles)), Pair(label="Id", value=me.id),
            *((Pair(label="Password", value="was given by somebody else: change it"),) if me.must_change else ()),
        )  # fmt: skip
        allowed = ("everything",) if me.everything else me.permissions
        rights = List(items=tuple(Item(label=one) for one in allowed), empty="nothing but what everybody may")
        cells = (Cell(title="Account", content=Detail(fields=pairs)), Cell(title="Permissions", content=rights))
        return Sheet(
            title="My account",
            grid=Grid(columns=(Column(span=12, cells=cells),)),
            acts=(
                Act(
                    name="password", label="change password", key="w", row=False, form=(),
                    ask=Ask(operation="auth.password"),
                ),
                *(_to(name, label, key) for name, label, key in (
                    ("keys", "SSH keys", "S"), ("tokens", "tokens", "T"), ("sessions", "sessions", "i"))),
                Act(
                    name="leave", label="end all sessions", key="X", row=False, confirm="End all of your sessions?",
                    ask=Ask(operation="auth.logout", params={"everywhere": True}),
                ),
            ),
            subject={"id": me.id},
        )  # fmt: skip

    async def again(self) -> View | Action | None:
        return await self.first(Init(width=self.size[0], height=self.size[1]))

    async def done(self, act: str, answer: Any) -> View | Action | None:
        return await self.again()


def _to(name: str, label: str, key: str) -> Act:
    return Act(name=name, label=label, key=key, row=False, opens=Navigate(plugin="accounts", screen=name))


def account(app: App) -> Callable[[Call, Mapping[str, Any]], Awaitable[ScreenSession]]:
    async def opened(call: Call, params: Mapping[str, Any]) -> ScreenSession:
        return Account(app, call)

    return opened
