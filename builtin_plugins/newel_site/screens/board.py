"""What home shows that is the same for all who have the same rights: put together once for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from newel.contracts.layout import Cell, Detail, Line, Pair, Text
from newel.contracts.tui import Navigate
from newel.contracts.views import Act
from newel.screens import Screens
from newel_site.screens.figures import asked

if TYPE_CHECKING:
    from newel.app import App
    from newel.context import Call

REFRESH = 5.0
AFTER_WRITE = 1.0
"""Seconds for which an answer counts when something was written since: who comes back from an act sees it (at the
latest in the next round), and a site that is written to all the time is not asked for every terminal."""
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


@frozen(kw_only=True)
class Shown:
    """``trail`` says whether the person may read what was done last, which takes the room of who they are."""

    name: str
    left: tuple[Cell, ...]
    right: tuple[Cell, ...]
    trail: bool
    acts: tuple[Act, ...]


@define
class _Kept:
    shown: Shown | None = None
    at: float = 0.0
    writes: int = 0
    lock: asyncio.Lock = field(factory=asyncio.Lock)


class Board:
    """Keeps what was put together for ``REFRESH`` seconds, for each set of rights. What did not change stays the same
    object, so that comparing it costs nothing. ``writes`` counts what may have changed something."""

    def __init__(self, app: App, writes: Callable[[], int]) -> None:
        self._app = app
        self._writes = writes
        self._kept: dict[object, _Kept] = {}

    async def shown(self, call: Call) -> Shown:
        """Who asks while it is put together gets the same."""
        actor, clock = call.actor, self._app.clock
        rights = (actor.everything, actor.kind == "anonymous", actor.permissions)
        if rights not in self._kept:
            self._forget(clock.monotonic())
        kept = self._kept.setdefault(rights, _Kept())
        async with kept.lock:
            now, writes = clock.monotonic(), self._writes()
            if kept.shown is None or now - kept.at >= (REFRESH if writes == kept.writes else AFTER_WRITE):
                made = await self._made(call)
                kept.shown = kept.shown if made == kept.shown else made
                kept.at, kept.writes = now, writes
            return kept.shown

    def _forget(self, now: float) -> None:
        """Sets of rights that nobody looks with any more."""
        self._kept = {key: one for key, one in self._kept.items() if one.lock.locked() or now - one.at < REFRESH}

    async def _made(self, call: Call) -> Shown:
        app = self._app
        site = await asked(app, "site.overview", call) or {}
        health = await asked(app, "site.health", call)
        trail = await asked(app, "audit.list", call, limit=ACTIVITY)
        left = (Cell(title="Site", content=Detail(fields=tuple(_site(site)))), _care(site))
        right = []
        if health is not None:
            right.append(Cell(title="Health", height=0.5, content=Text(lines=tuple(_health(health)))))
        if trail is not None:
            right.append(Cell(title="Recent activity", content=Text(lines=tuple(_activity(trail["data"])))))
        return Shown(
            name=site.get("name", ""), left=left, right=tuple(right), trail=trail is not None,
            acts=tuple(places(Screens(app).menu(call))),
        )  # fmt: skip


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
    """A time that has passed, in its two largest units, and no finer than home can tell without moving all the time."""
    minutes = int(seconds) // 60
    parts = [(minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min")]
    first = next((place for place, (count, _) in enumerate(parts) if count), None)
    if first is None:
        return "less than a minute"
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2])
