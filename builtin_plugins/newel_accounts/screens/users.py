"""People: listed, made, changed, shut and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newel import Call
from newel.contracts.tui import Action, Init, Navigate, ScreenSession
from newel.contracts.views import Act, Ask, Col, Form, Listing, View
from newel.pages import Pages
from newel_accounts.permissions import ROLES_READ
from newel_accounts.screens.parts import ROLE, control, shown_once

ID = {"id": "$id"}
ACTS = (
    Act(name="edit", label="edit", key="e"),
    Act(name="new", label="new", key="n", row=False),
    Act(
        name="shut", label="shut", key="s", many=True, unless={"disabled": True},
        ask=Ask(operation="users.update", params={**ID, "disabled": True}),
        confirm="Shut this account? Its sessions end, its tokens and keys do not work.",
    ),
    Act(
        name="open", label="open again", key="o", many=True, when={"disabled": True},
        ask=Ask(operation="users.update", params={**ID, "disabled": False}),
    ),
    Act(
        name="reset", label="reset password", key="w", shows=True,
        ask=Ask(operation="users.reset_password", params=ID), form=("revoke_tokens",),
    ),
    Act(
        name="delete", label="delete", key="d", many=True, ask=Ask(operation="users.delete", params=ID),
        confirm="Delete this account for good, with its tokens and keys?",
    ),
    Act(
        name="keys", label="SSH keys", key="S",
        opens=Navigate(plugin="accounts", screen="keys", params={"user": "$id", "name": "$name"}),
    ),
    Act(
        name="tokens", label="tokens", key="T",
        opens=Navigate(plugin="accounts", screen="tokens", params={"user": "$id", "name": "$name"}),
    ),
    Act(
        name="sessions", label="sessions", key="i",
        opens=Navigate(plugin="accounts", screen="sessions", params={"user": "$id", "name": "$name"}),
    ),
)  # fmt: skip
USERS = Listing(
    title="Users",
    ask=Ask(operation="users.list"),
    columns=(
        Col(label="E-mail", value="email", weight=3), Col(label="Name", value="name", weight=2),
        Col(label="Role", value="role"), Col(label="Shut", value="disabled", cell="flag", weight=0),
    ),
    details=(
        Col(label="E-mail", value="email"), Col(label="Name", value="name"), Col(label="Role", value="role"),
        Col(label="Shut", value="disabled", cell="flag"),
        Col(label="Should change password", value="must_change", cell="flag"),
        Col(label="Since", value="created_at", cell="time"), Col(label="Changed", value="updated_at", cell="time"),
        Col(label="Id", value="id"),
    ),
    filters=("role", "disabled", "email"),
    acts=ACTS,
    empty="no account is like that",
)  # fmt: skip


class Users(Pages):
    """The list, and the forms above it."""

    def __init__(self, call: Call) -> None:
        super().__init__()
        picks = {"kind": "reference", "pick": ROLE} if call.actor.may(ROLES_READ) else {}
        self._role = control("role", told="What they may do.", required=True, **picks)

    async def first(self, event: Init) -> View | Action:
        return USERS

    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        if act == "new":
            return self.over(self._new())
        return self.over(self._edit(rows[0])) if act == "edit" and rows else None

    async def submitted(self, answer: Any, values: Mapping[str, Any]) -> View | Action | None:
        if isinstance(answer, Mapping) and answer.get("password"):
            return shown_once("A new account", answer, "password", "email")
        return None

    def _new(self) -> Form:
        return Form(
            title="A new account",
            controls=(
                control("email", required=True), control("name", told="That others see; empty: the address."),
                self._role, control("password", "secret", "Empty: a random one is made, and shown once."),
            ),
            values={"role": "viewer"},
            submit=Ask(operation="users.create"),
        )  # fmt: skip

    def _edit(self, row: Mapping[str, Any]) -> Form:
        names = ("email", "name", "role", "disabled")
        return Form(
            title=str(row["email"]),
            controls=(
                control("email", required=True), control("name", required=True), self._role,
                control("disabled", "flag", "The account is shut: its sessions end."),
            ),
            values={name: row[name] for name in names},
            submit=Ask(operation="users.update", params={"id": row["id"], "revision": row["revision"]}),
            changed_only=True,
        )  # fmt: skip


async def users(call: Call, params: Mapping[str, Any]) -> ScreenSession:
    return Users(call)
