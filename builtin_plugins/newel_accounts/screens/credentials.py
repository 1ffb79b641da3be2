"""What people show to get in: SSH keys, API tokens, sessions; one's own, or with ``user`` somebody's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newel import Call
from newel.contracts.tui import Action, Init, ScreenSession
from newel.contracts.views import Act, Ask, Col, Form, Listing, View
from newel.pages import Pages
from newel_accounts.screens.parts import PERMISSION, control, shown_once

EXPIRES = Col(label="Ends", value="expires_at", cell="time", weight=0)
USED = Col(label="Last used", value="last_used_at", cell="time", weight=0)
HERE = Col(label="This one", value="current", cell="flag", weight=0)
MADE = Col(label="Since", value="created_at", cell="time")
IDENTITY = Col(label="Id", value="id")
LIMITS = (
    control("expires_at", "datetime", "When it stops working; empty: never."),
    control("operation", told="The only operation that it may run; empty: any."),
    control("sources", "tags", "Addresses and networks that it may come from; none: any."),
)
REVOKE = Ask(operation="tokens.revoke", params={"id": "$id"})


class Credentials(Pages):
    """A list of them, and what makes a new one. ``user`` is empty for one's own."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__()
        user = params.get("user")
        self._whose = {"user": str(user)} if user else {}
        self._of = f" of {params.get('name') or user}" if user else ""


class Keys(Credentials):
    """SSH keys."""

    async def first(self, event: Init) -> View | Action:
        return Listing(
            title=f"SSH keys{self._of}",
            ask=Ask(operation="ssh.keys.list", params=self._whose),
            columns=(
                Col(label="Label", value="label", weight=2), Col(label="Kind", value="kind", weight=0),
                Col(label="Fingerprint", value="fingerprint", weight=3), USED, EXPIRES,
            ),
            details=(
                Col(label="Label", value="label"), Col(label="Fingerprint", value="fingerprint"),
                Col(label="Only", value="operation"), Col(label="From", value="sources", cell="list"), EXPIRES, USED,
                HERE, MADE, Col(label="Key", value="public_key"), IDENTITY,
            ),
            acts=(
                Act(name="edit", label="edit", key="e"),
                Act(name="new", label="new", key="n", row=False),
                Act(
                    name="remove", label="remove", key="d", many=True, confirm="Remove this key? What is open ends.",
                    ask=Ask(operation="ssh.keys.remove", params={"id": "$id"}),
                ),
            ),
            empty="no key",
        )  # fmt: skip

    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        if act == "new":
            key = control("key", "lines", "The text of a .pub file.", required=True)
            label = control("label", told="Empty: the key's comment.")
            ask = Ask(operation="ssh.keys.add", params=self._whose)
            return self.over(Form(title="A new key", controls=(key, label, *LIMITS), submit=ask, changed_only=True))
        if act != "edit" or not rows:
            return None
        row = rows[0]
        forever = control("forever", "flag", "It does not stop working by itself.")
        values = {"label": row["label"], "expires_at": row["expires_at"], "operation": row["operation"] or "",
                  "sources": row["sources"] or [], "forever": False}  # fmt: skip
        return self.over(
            Form(
                title=str(row["label"] or row["fingerprint"]), controls=(control("label"), *LIMITS, forever),
                values=values, changed_only=True, submit=Ask(operation="ssh.keys.update", params={"id": row["id"]}),
            )
        )  # fmt: skip


class Tokens(Credentials):
    """API tokens."""

    async def first(self, event: Init) -> View | Action:
        return Listing(
            title=f"API tokens{self._of}",
            ask=Ask(operation="tokens.list", params={**self._whose, "kind": "token"}),
            columns=(
                Col(label="Label", value="label", weight=2), Col(label="Scopes", value="scopes", cell="list", weight=3),
                USED, EXPIRES,
            ),
            details=(
                Col(label="Label", value="label"), Col(label="Scopes", value="scopes", cell="list"), EXPIRES, USED,
                HERE, MADE, IDENTITY,
            ),
            acts=(
                Act(name="revoke", label="revoke", key="d", many=True, confirm="Revoke this token?", ask=REVOKE),
                Act(name="new", label="new", key="n", row=False),
            ),
            empty="no token",
        )  # fmt: skip

    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        scopes = control("scopes", "references", "What it is limited to; none chosen: nothing less.", pick=PERMISSION)
        form = Form(
            title="A new token",
            controls=(control("label", told="What it is for."), scopes, LIMITS[0]),
            submit=Ask(operation="tokens.create", params=self._whose),
            changed_only=True,
        )
        return self.over(form) if act == "new" else None

    async def submitted(self, answer: Any, values: Mapping[str, Any]) -> View | Action | None:
        return shown_once("A new token", answer, "token", "label") if isinstance(answer, Mapping) else None


class Sessions(Credentials):
    """Sessions."""

    async def first(self, event: Init) -> View | Action:
        return Listing(
            title=f"Sessions{self._of}",
            ask=Ask(operation="tokens.list", params={**self._whose, "kind": "session"}),
            columns=(MADE, USED, EXPIRES, HERE),
            details=(MADE, USED, EXPIRES, HERE, IDENTITY),
            acts=(Act(name="end", label="end", key="d", many=True, confirm="End this session?", ask=REVOKE),),
            empty="no session",
        )


async def keys(call: Call, params: Mapping[str, Any]) -> ScreenSession:
    return Keys(params)


async def tokens(call: Call, params: Mapping[str, Any]) -> ScreenSession:
    return Tokens(params)


async def sessions(call: Call, params: Mapping[str, Any]) -> ScreenSession:
    return Sessions(params)
