"""The configuration: a list, and a form for the value of one setting."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from newel.contracts.layout import Option
from newel.contracts.tui import Action, Init, Toast
from newel.contracts.views import Act, Ask, Col, Control, Form, Kind, Listing, View
from newel.pages import Pages
from newel.secrets import MASK

KINDS: Mapping[str, Kind] = {
    "text": "text",
    "integer": "integer",
    "number": "number",
    "true | false": "flag",
    "list of text": "tags",
}
OPTIONAL = " | nothing"


class SettingsScreen(Pages):
    """All sections, or one."""

    def __init__(self, section: str | None = None) -> None:
        super().__init__()
        self._ask = Ask(operation="site.config.list", params={"section": section} if section else {})

    async def first(self, event: Init) -> View:
        return Listing(
            title="Configuration",
            ask=self._ask,
            key="path",
            columns=(
                Col(label="Setting", value="path", weight=2),
                Col(label="Value", value="value", weight=2),
                Col(label="From", value="origin", weight=1),
            ),
            details=(
                Col(label="Setting", value="path"),
                Col(label="What it is", value="sentence"),
                Col(label="Value", value="value"),
                Col(label="Default", value="default"),
                Col(label="Type", value="type"),
                Col(label="Comes from", value="origin"),
                Col(label="Variable", value="environment"),
                Col(label="Takes effect at once", value="live", cell="flag"),
                Col(label="Note", value="why"),
            ),
            acts=(
                Act(name="edit", label="Change", key="e", when={"settable": True}),
                Act(
                    name="unset",
                    label="Default again",
                    key="d",
                    when={"settable": True, "origin": "newel.toml"},
                    ask=Ask(operation="site.config.unset", params={"path": "$path"}),
                    confirm="Take this out of newel.toml, so that the default holds?",
                    shows=True,
                ),
            ),
            search="text",
            filters=("section",),
        )

    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        return self.over(form_of(rows[0])) if rows else None

    async def submitted(self, answer: Any, values: Mapping[str, Any]) -> View | Action | None:
        self._stack.pop()
        if answer.get("live"):
            return Toast(message=f"{answer['path']} is {answer['value']} now", level="success")
        return Toast(message=f"{answer['path']} is written: {answer['restart']}", level="warning")


def form_of(setting: Mapping[str, Any]) -> Form:
    """A form for the value of a setting, as ``site.config.list`` tells it."""
    kind, options = _kind(setting)
    value = json.loads(setting["value"])
    if setting["secret"] and value == MASK:
        value = None
    return Form(
        title=setting["path"],
        controls=(
            Control(
                name="value",
                kind=kind,
                label=setting["key"],
                help=f"{setting['sentence']} Default: {setting['default']}. Type: {setting['type']}.",
                required=True,
                options=options,
            ),
        ),
        values={} if value is None else {"value": value},
        submit=Ask(operation="site.config.set", params={"path": setting["path"]}),
        subject=setting,
    )


def _kind(setting: Mapping[str, Any]) -> tuple[Kind, tuple[Option, ...]]:
    if setting["secret"]:
        return "secret", ()
    type_name = setting["type"].removesuffix(OPTIONAL)
    if type_name in KINDS:
        return KINDS[type_name], ()
    choices = type_name.split(" | ")
    if len(choices) > 1:
        return "choice", tuple(Option(label=one, value=one) for one in choices)
    return "json", ()
