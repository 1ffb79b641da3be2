"""The plugins in Lua themselves: state, approvals item by item, settings, what is left of those that are gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from newel.contracts.layout import Option
from newel.contracts.tui import Init, Navigate, Screen, ScreenSession
from newel.contracts.views import Act, Ask, Col, Control, Form, Kind, Listing, View
from newel.pages import Pages, standing
from newel.secrets import MASK
from newel_lua.permissions import LUA_MANAGE, LUA_READ

if TYPE_CHECKING:
    from newel import Call
    from newel.app import App

NAME = {"name": "$name"}
KINDS: Mapping[str, Kind] = {
    "text": "text", "integer": "integer", "number": "number", "boolean": "flag", "choice": "choice", "secret": "secret",
}  # fmt: skip
PLUGINS = Listing(
    title="Plugins in Lua",
    ask=Ask(operation="lua.list"),
    key="name",
    columns=(
        Col(label="State", value="state", cell="state", weight=0),
        Col(label="Name", value="name", weight=1),
        Col(label="Version", value="version", weight=0),
        Col(label="Not approved", value="waiting", cell="number", weight=0),
        Col(label="What it is for", value="summary", weight=3),
    ),
    detail=Ask(operation="lua.get", params=NAME),
    details=(
        Col(label="Name", value="name"),
        Col(label="What it is for", value="description"),
        Col(label="State", value="state", cell="state"),
        Col(label="Why", value="failed_reason"),
        Col(label="Author", value="author"),
        Col(label="Licence", value="license"),
        Col(label="Comes from", value="origin"),
        Col(label="Newer files lie there", value="manifest_drift", cell="flag"),
        Col(label="Breaker", value="circuit_breaker_state", cell="state"),
        Col(label="Errors in a row", value="circuit_breaker_errors", cell="number"),
        Col(label="Last error", value="last_error.message"),
        Col(label="Hooks that are off", value="hooks_off", cell="list"),
        Col(label="Calls now", value="calls_running", cell="number"),
        Col(label="Needs", value="dependencies", cell="list"),
    ),
    acts=(
        Act(
            name="items", label="What it asks for", key="enter",
            opens=Navigate(plugin="lua", screen="plugin", params=NAME),
        ),
        Act(
            name="enable", label="Switch on", key="n", ask=Ask(operation="lua.enable", params=NAME),
            when={"enabled": False},
        ),
        Act(
            name="disable", label="Switch off", key="d", ask=Ask(operation="lua.disable", params=NAME),
            when={"enabled": True}, confirm="Switch this plugin off? Its tables, settings and approvals stay.",
        ),
        Act(
            name="reload", label="Take its files anew", key="R", ask=Ask(operation="lua.reload", params=NAME),
            when={"enabled": True},
        ),
        Act(
            name="settings", label="Settings", key="e",
            opens=Navigate(plugin="lua", screen="settings", params=NAME),
        ),
        Act(
            name="left", label="Tables of plugins that are gone", key="t", row=False,
            opens=Navigate(plugin="lua", screen="tables"),
        ),
    ),
    empty="no plugin in Lua is there: newel lua new NAME writes one",
)  # fmt: skip
TABLES = Listing(
    title="Tables of plugins in Lua that are gone",
    ask=Ask(operation="lua.orphaned"),
    key="table",
    columns=(
        Col(label="Plugin", value="plugin", weight=1),
        Col(label="Table", value="name", weight=2),
        Col(label="In the database", value="table", weight=2),
        Col(label="Size", value="bytes", cell="bytes", weight=1),
    ),
    acts=(
        Act(
            name="drop", label="Drop all tables of this plugin", key="d",
            ask=Ask(operation="lua.drop", params={"plugin": "$plugin", "confirm": "$plugin"}), shows=True,
            confirm="Drop all tables of this plugin, with all that is in them? Only a backup brings them back.",
        ),
    ),
    empty="none are left",
)  # fmt: skip


def listed(name: str, code: str) -> Listing:
    """What a plugin asks for. What is approved is bound to the files that are seen here."""
    order = {"name": name, "code": code}
    return Listing(
        title=f"What '{name}' asks for",
        ask=Ask(operation="lua.get", params={"name": name}),
        at="request",
        key="item",
        columns=(
            Col(label="Approved", value="approved", cell="flag", weight=0),
            Col(label="Kind", value="kind", weight=0),
            Col(label="What", value="name", weight=2),
            Col(label="Terms", value="terms", weight=2),
        ),
        details=(
            Col(label="Item", value="item"),
            Col(label="Kind", value="kind"),
            Col(label="What", value="name"),
            Col(label="Terms", value="terms"),
            Col(label="Approved", value="approved", cell="flag"),
            Col(label="By", value="approved_by"),
            Col(label="At", value="approved_at", cell="time"),
        ),
        acts=(
            Act(
                name="approve", label="Approve", key="a", many=True, bulk="items", unless={"approved": True},
                ask=Ask(operation="lua.approve", params={**order, "items": ["$item"]}),
                confirm="Allow the plugin this, from now on?",
            ),
            Act(
                name="revoke", label="Take back", key="d", many=True, bulk="items", when={"approved": True},
                ask=Ask(operation="lua.revoke", params={"name": name, "items": ["$item"]}),
                confirm="Take this approval back?",
            ),
            Act(
                name="approve_all", label="Approve all", key="A", row=False,
                ask=Ask(operation="lua.approve", params={**order, "all": True}),
                confirm="Allow the plugin all that it asks for here?",
            ),
        ),
        empty="it asks for nothing",
    )  # fmt: skip


def form_of(info: Mapping[str, Any]) -> Form:
    """The settings of a plugin, as ``lua.get`` tells them. What is not touched stays as it is."""
    controls, values = [], {}
    for one in info["settings"]:
        controls.append(
            Control(
                name=one["name"], kind=KINDS[one["type"]], label=one["name"], help=one["summary"],
                options=tuple(Option(label=choice, value=choice) for choice in one["choices"]),
            )
        )  # fmt: skip
        if one["value"] is not None and one["value"] != MASK:
            values[one["name"]] = one["value"]
    return Form(
        title=f"Settings of '{info['name']}'" if controls else f"'{info['name']}' has no settings",
        controls=tuple(controls),
        values=values,
        submit=Ask(operation="lua.set", params={"name": info["name"]}),
        at="settings",
        changed_only=True,
    )


class About(Pages):
    """One plugin: its items, or its settings."""

    def __init__(self, app: App, call: Call, name: str, *, settings: bool) -> None:
        super().__init__()
        self._app = app
        self._call = call
        self._name = name
        self._settings = settings

    async def first(self, event: Init) -> View:
        info = self._app.structurer.unstructure(
            await self._app.operations.run("lua.get", {"name": self._name}, self._call)
        )
        return form_of(info) if self._settings else listed(self._name, info["code"])


def screens(app: App) -> Sequence[Screen]:
    async def plugin(call: Call, params: Mapping[str, Any]) -> ScreenSession:
        return About(app, call, str(params.get("name", "")), settings=False)

    async def settings(call: Call, params: Mapping[str, Any]) -> ScreenSession:
        return About(app, call, str(params.get("name", "")), settings=True)

    return (
        Screen(name="main", section="site", label="Plugins in Lua", icon="☾", needs=LUA_READ, open=standing(PLUGINS)),
        Screen(name="plugin", label="A plugin in Lua", needs=LUA_READ, open=plugin, hidden=True),
        Screen(name="settings", label="Settings of a plugin in Lua", needs=LUA_MANAGE, open=settings, hidden=True),
        Screen(name="tables", label="Tables that are left", needs=LUA_READ, open=standing(TABLES), hidden=True),
    )
