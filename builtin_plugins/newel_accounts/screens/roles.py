"""Roles, and the permissions they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newel import Call
from newel.contracts.tui import Action, Init, ScreenSession
from newel.contracts.views import Act, Ask, Col, Form, Listing, View
from newel.pages import Pages
from newel_accounts.screens.parts import PERMISSION, control

PERMISSIONS = control("permissions", "references", "All that it may do.", pick=PERMISSION)
SUMMARY = control("summary", told="What it is for, in a sentence.")
ROLES = Listing(
    title="Roles",
    ask=Ask(operation="roles.list"),
    key="name",
    columns=(
        Col(label="Role", value="name"), Col(label="What for", value="summary", weight=3),
        Col(label="Built in", value="builtin", cell="flag", weight=0),
    ),
    details=(
        Col(label="Role", value="name"), Col(label="What for", value="summary"),
        Col(label="May do everything", value="everything", cell="flag"),
        Col(label="Permissions", value="permissions", cell="list"), Col(label="Revision", value="revision"),
    ),
    acts=(
        Act(name="edit", label="edit", key="e", unless={"everything": True}),
        Act(name="new", label="new", key="n", row=False),
        Act(
            name="delete", label="delete", key="d", unless={"builtin": True}, confirm="Delete this role?",
            ask=Ask(operation="roles.delete", params={"name": "$name"}),
        ),
    ),
)  # fmt: skip


class Roles(Pages):
    """The list, and the forms above it."""

    async def first(self, event: Init) -> View | Action:
        return ROLES

    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        if act == "new":
            name = control("name", told="Lower case letters, digits and _.", required=True)
            return self.over(
                Form(
                    title="A new role", controls=(name, SUMMARY, PERMISSIONS), submit=Ask(operation="roles.create"),
                )
            )  # fmt: skip
        if act != "edit" or not rows:
            return None
        row = rows[0]
        form = Form(
            title=str(row["name"]),
            controls=(SUMMARY, PERMISSIONS),
            values={"summary": row["summary"], "permissions": row["permissions"]},
            submit=Ask(operation="roles.update", params={"name": row["name"], "revision": row["revision"]}),
            changed_only=True,
        )
        return self.over(form)


async def roles(call: Call, params: Mapping[str, Any]) -> ScreenSession:
    return Roles()
