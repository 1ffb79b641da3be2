"""Backups in the terminal admin: snapshots and what can be done with them, what lies in one, targets, schedules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newel import Call
from newel.contracts.tui import Action, Init, Navigate, Screen, ScreenSession
from newel.contracts.views import Act, Ask, Col, Listing, View
from newel.pages import Pages, standing
from newel_backup.config import LOCAL
from newel_backup.permissions import BACKUP_READ

REFRESH = 5.0
SHORT = (
    Col(label="Shows", value="at", cell="time", weight=0), Col(label="Rows", value="rows", cell="number", weight=0),
    Col(label="Files", value="files", cell="number", weight=0),
    Col(label="Holds", value="bytes", cell="bytes", weight=0),
    Col(label="Added", value="added", cell="bytes", weight=0),
    Col(label="Read back", value="verified_at", cell="time", weight=0), Col(label="Schedule", value="schedule"),
)  # fmt: skip
TARGETS = Listing(
    title="Targets of backups",
    ask=Ask(operation="backup.status"),
    at="targets",
    key="name",
    columns=(
        Col(label="Target", value="name"), Col(label="Encrypted", value="encrypted", cell="flag", weight=0),
        Col(label="Snapshots", value="snapshots", cell="number", weight=0),
        Col(label="Newest", value="newest_at", cell="time", weight=0),
        Col(label="Read back", value="verified_at", cell="time", weight=0),
        Col(label="Why the last one failed", value="failed", weight=2),
    ),
    acts=(
        Act(
            name="snapshots", label="its snapshots", key="enter",
            opens=Navigate(plugin="backup", screen="main", params={"target": "$name"}),
        ),
        Act(name="unlock", label="unlock", key="u", ask=Ask(operation="backup.unlock", params={"target": "$name"}),
            form=("everything",), shows=True),
    ),
    empty="no target: name one in [backup.targets]",
    refresh=REFRESH,
)  # fmt: skip
SCHEDULES = Listing(
    title="Schedules of backups",
    ask=Ask(operation="backup.status"),
    at="schedules",
    key="name",
    columns=(
        Col(label="Schedule", value="name"), Col(label="Does", value="does", weight=0),
        Col(label="Cron", value="cron"), Col(label="Zone", value="zone", weight=0),
        Col(label="Targets", value="targets"), Col(label="Next", value="next_at", cell="time", weight=0),
    ),
    details=(
        Col(label="Keep last", value="keep.last"), Col(label="Days", value="keep.daily"),
        Col(label="Weeks", value="keep.weekly"), Col(label="Months", value="keep.monthly"),
        Col(label="Years", value="keep.yearly"),
    ),
    empty="nothing is planned: [backup.schedules.nightly] in newel.toml",
)  # fmt: skip


class Snapshots(Pages):
    """The snapshots on a target."""

    def __init__(self, target: str) -> None:
        super().__init__()
        self._target = target

    async def first(self, event: Init) -> View | Action:
        target = {"target": self._target}
        one = {"id": "$id", **target}
        return Listing(
            title=f"Backups on {self._target}",
            ask=Ask(operation="backup.list", params=target),
            columns=SHORT,
            details=(
                *SHORT, Col(label="Took (s)", value="seconds"), Col(label="Missing", value="missing"),
                Col(label="Drilled", value="drilled_at", cell="time"), Col(label="From", value="engine"),
                Col(label="Newel", value="newel"), Col(label="Machine", value="node"),
                Col(label="Of this site", value="ours", cell="flag"), Col(label="Id", value="id"),
            ),
            acts=(
                Act(name="inside", label="what it holds", key="enter",
                    opens=Navigate(plugin="backup", screen="inside", params=one)),
                Act(name="run", label="back up now", key="b", row=False,
                    ask=Ask(operation="backup.run", params=target)),
                Act(name="plan", label="plan a restore", key="p", shows=True, form=("parts",),
                    ask=Ask(operation="backup.plan", params={"snapshot": "$id", **target})),
                Act(name="restore", label="restore", key="R", form=("parts", "swap"),
                    confirm="Restore this snapshot into a new database, and swap the site over to it?",
                    ask=Ask(operation="backup.restore", params={"snapshot": "$id", **target})),
                Act(name="pieces", label="bring pieces back", key="o", form=("only", "dry_run"),
                    ask=Ask(operation="backup.pieces", params=one)),
                Act(name="verify", label="read all back", key="v", row=False,
                    ask=Ask(operation="backup.verify", params={"share": 1.0, **target})),
                Act(name="drill", label="drill", key="D", ask=Ask(operation="backup.drill", params=one)),
                Act(name="diff", label="what changed since", key="x", shows=True,
                    ask=Ask(operation="backup.diff", params={"before": "$id", **target})),
                Act(name="prune", label="forget", key="d", confirm="Take this snapshot away?",
                    ask=Ask(operation="backup.prune", params={"forget": ["$id"], **target})),
                Act(name="jobs", label="how far it is", key="J", row=False,
                    opens=Navigate(plugin="jobs", screen="main")),
                Act(name="status", label="how they stand", key="s", row=False, shows=True,
                    ask=Ask(operation="backup.status")),
            ),
            empty="no backup yet: b makes one",
            refresh=REFRESH,
        )  # fmt: skip


class Inside(Pages):
    """A place in a snapshot."""

    def __init__(self, id: str, target: str, path: str) -> None:
        super().__init__()
        self._place = {"id": id, "target": target}
        self._path = path

    async def first(self, event: Init) -> View | Action:
        return Listing(
            title=f"{self._place['id']}/{self._path}",
            ask=Ask(operation="backup.ls", params={**self._place, "path": self._path}),
            key="name",
            columns=(
                Col(label="Name", value="name", weight=3),
                Col(label="Size", value="size", cell="bytes", weight=0),
            ),
            acts=(Act(name="open", label="open", key="enter", when={"folder": True}),),
            empty="nothing lies here",
        )

    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        if act != "open" or not rows:
            return None
        path = "/".join(part for part in (self._path, str(rows[0]["name"])) if part)
        return Navigate(plugin="backup", screen="inside", params={**self._place, "path": path})


async def _snapshots(call: Call, params: Mapping[str, Any]) -> ScreenSession:
    return Snapshots(str(params.get("target") or LOCAL))


async def _inside(call: Call, params: Mapping[str, Any]) -> ScreenSession:
    return Inside(str(params.get("id") or "latest"), str(params.get("target") or LOCAL), str(params.get("path") or ""))


def screens() -> Sequence[Screen]:
    """What people see of backups."""
    return (
        Screen(name="main", section="site", label="Backups", open=_snapshots, needs=BACKUP_READ),
        Screen(name="targets", section="site", label="Targets of backups", open=standing(TARGETS), needs=BACKUP_READ),
        Screen(
            name="schedules", section="site", label="Schedules of backups", open=standing(SCHEDULES), needs=BACKUP_READ
        ),
        Screen(name="inside", section="site", label="Inside a backup", open=_inside, needs=BACKUP_READ, hidden=True),
    )
