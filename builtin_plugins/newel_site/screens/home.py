"""Home: the site at a glance, as far as the person may see it, and the way to everything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from newel.contracts.layout import Cell, Column, Detail, Grid, Line, Pair, Text
from newel.contracts.tui import Init, Navigate
from newel.contracts.views import Act, Sheet, View
from newel.pages import Pages
from newel.screens import Screens
from newel_site.screens.figures import asked

if TYPE_CHECKING:
    from newel.app import App
    from newel.context import Call

REFRESH = 5.0
PLACES: Sequence[tuple[str, str, str]] = (
    ("c", "content", ""),
    ("m", "media", ""),
    ("t", "content", "types"),
    ("U", "accounts", "users"),
    ("a", "audit", ""),
    ("b", "jobs", ""),
    ("p", "plugins_admin", ""),
    ("w", "site", "health"),
    ("s", "site", "config"),
    ("o", "site", "log"),
    ("i", "site", "metrics"),
)
"""Key, plugin, screen; without a name the plugin's first screen."""
MARKS = {"ok": "ok", "warning": "! warning", "failing": "!! failing"}
ACTIVITY = 12
WORST = 5
"""Checks that are not well, of which home tells."""


class Home(Pages):
    """Made anew every few seconds."""

    def __init__(self, app: App, call: Call) -> None:
        super().__init__()
        self._app = app
        self._call = call

    async def first(self, event: Init) -> View:
        return await self.again()

    async def again(self) -> View:
        app, call = self._app, self._call
        site = await asked(app, "site.overview", call) or {}
        health = await asked(app, "site.health", call)
        trail = await asked(app, "audit.list", call, limit=ACTIVITY)
        left = [Cell(title="Site", content=Detail(fields=tuple(_site(site))))]
        if (care := _care(site)) is not None:
            left.append(care)
        right = [Cell(title="You", content=Detail(fields=tuple(_you(call))))] if trail is None else []
        if health is not None:
            right.append(Cell(title="Health", height=0.5, content=Text(lines=tuple(_health(health)))))
        if trail is not None:
            right.append(Cell(title="Recent activity", content=Text(lines=tuple(_activity(trail["data"])))))
        columns = (Column(span=6, cells=tuple(left)), Column(span=6, cells=tuple(right)))
        acts = tuple(places(Screens(app).menu(call)))
        return Sheet(title=site.get("name", ""), grid=Grid(columns=columns, refresh=REFRESH), acts=acts)


def places(menu: Mapping[tuple[str, str], Any]) -> Sequence[Act]:
    """The ways to those of ``PLACES`` that are in the menu."""
    acts = []
    for key, plugin, wanted in PLACES:
        screen = wanted or next((name for owner, name in menu if owner == plugin), "")
        found = menu.get((plugin, screen))
        if found is not None:
            name = f"open_{plugin}_{screen}"
            acts.append(
                Act(name=name, label=found.label, key=key, row=False, opens=Navigate(plugin=plugin, screen=screen))
            )
    return acts


def _site(site: Mapping[str, Any]) -> Sequence[Pair]:
    plugins = site["plugins"]
    counts = f"{plugins['on']} on, {plugins['off']} off"
    told = [
        ("Address", site["url"] or "not served by this process"),
        ("Newel", site["version"]),
        ("Up", lasted(site["uptime_seconds"])),
        ("Node", site["node"]),
        ("Database", site["engine"]),
        ("Plugins", f"{counts}, ! {plugins['failed']} failed" if plugins["failed"] else counts),
        *((f"! {one['plugin']}", f"{one['stage']}: {one['cause']}".removesuffix(": ")) for one in site["troubles"]),
    ]
    return [Pair(label=label, value=value) for label, value in told if value]


def _care(site: Mapping[str, Any]) -> Cell:
    queue, backups = site["queue"], site["backups"]
    waiting = "no queue" if queue is None else f"{queue['waiting']} waiting, {queue['running']} running"
    if queue is not None and queue["dead"]:
        waiting += f", ! {queue['dead']} dead"
    told = [Pair(label="Jobs", value=waiting)]
    if backups is None:
        told.append(Pair(label="Backups", value="! no backup plugin", faint=True))
    else:
        finding = backups["finding"]
        told += [
            Pair(label="Backups", value=f"{MARKS[finding['state']]} {finding['detail']}".strip()),
            Pair(label="Last good", value=backups["last_good_at"] or "never"),
            Pair(label="Next", value=backups["next_at"] or "not planned"),
        ]
        if backups["rpo_seconds"] is not None:
            told.append(Pair(label="RPO", value=f"{lasted(backups['rpo_seconds'])} would be lost now"))
    return Cell(title="Queue and backups", height=0.5, content=Detail(fields=tuple(told)))


def _you(call: Call) -> Sequence[Pair]:
    return [
        Pair(label="Name", value=call.actor.name),
        Pair(label="Roles", value=", ".join(call.actor.roles) or "none"),
        Pair(label="Keys", value="? help, : all screens"),
    ]


def _health(health: Mapping[str, Any]) -> Sequence[Line]:
    bad = [one for one in health["checks"] if one["state"] != "ok"]
    if not bad:
        return [Line(text=f"ok: {len(health['checks'])} checks", accent=True)]
    return [
        line
        for one in bad[:WORST]
        for line in (
            Line(text=f"{MARKS[one['state']]}: {one['name']}", bold=True),
            Line(text=f"  {one['detail']}"),
        )
    ]


def _activity(rows: Sequence[Mapping[str, Any]]) -> Sequence[Line]:
    if not rows:
        return [Line(text="nothing yet", faint=True)]
    return [
        Line(
            text=f"{one['at'][11:16]} {one['actor_name']}  {one['operation']}"
            + (f"  ! {one['outcome']}" if one["outcome"] != "done" else "")
        )
        for one in rows
    ]


def lasted(seconds: float) -> str:
    """A time that has passed, in its two largest units."""
    whole = int(seconds)
    parts = [(whole // 86400, "d"), (whole // 3600 % 24, "h"), (whole // 60 % 60, "min"), (whole % 60, "s")]
    first = next((place for place, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2])
