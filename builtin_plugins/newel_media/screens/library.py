"""The screen ``library``: files, of one folder or of all."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote
from typing import Any

from newel.contracts.tui import Action, Init, Navigate, Toast
from newel.contracts.views import Act, Ask, Col, Listing, View
from newel_media.screens.forms import MOVE_HERE, describing
from newel_media.screens.session import Session

FILE = {"id": "$id"}
FILTERS = (
    "folder", "below", "kind", "mime", "tag", "private", "status", "unused", "author", "since", "until", "sort",
)  # fmt: skip
COLUMNS = (
    Col(label="name", value="name", weight=3),
    Col(label="kind", value="kind", weight=0),
    Col(label="size", value="bytes", cell="bytes", weight=0),
    Col(label="wide", value="width", cell="number", weight=0),
    Col(label="high", value="height", cell="number", weight=0),
    Col(label="updated", value="updated_at", cell="time", weight=0),
)
DETAILS = (
    Col(label="name", value="name"), Col(label="type", value="mime"), Col(label="size", value="bytes", cell="bytes"),
    Col(label="title", value="title"), Col(label="tags", value="tags", cell="list"),
    Col(label="renditions", value="status", cell="state"), Col(label="private", value="private", cell="flag"),
    Col(label="author", value="author"), Col(label="uploaded", value="created_at", cell="time"),
    Col(label="address", value="url"), Col(label="id", value="id"),
)  # fmt: skip
DELETE = "Delete it? What content points at stays."


def file_acts(*, writes: bool) -> tuple[Act, ...]:
    """What can be done to a file, wherever it is listed; ``writes``: whether by somebody who may."""
    rename = Ask(operation="media.update", params={"id": "$id", "revision": "$revision"})
    changes = (
        Act(name="describe", label="texts", key="e"),
        Act(name="rename", label="rename", key="R", ask=rename, form=("name",)),
        Act(name="move", label="move", key="m", many=True),
        Act(name="tag", label="tags", key="t", many=True),
    )
    return (
        Act(name="open", label="open", key="o", opens=Navigate(screen="asset", params=FILE)),
        *(changes if writes else ()),
        Act(
            name="delete", label="delete", key="d", many=True, bulk="ids", confirm=DELETE,
            ask=Ask(operation="media.remove"),
        ),
        Act(name="uses", label="where it is used", key="w", opens=Navigate(screen="uses", params=FILE)),
        Act(name="similar", label="what looks alike", key="s", opens=Navigate(screen="similar", params=FILE)),
    )  # fmt: skip


def outcome(act: str, answer: Any) -> Toast | None:
    """What became of several, where not all was done."""
    if not isinstance(answer, Mapping) or "data" not in answer:
        return None
    left = [one for one in answer["data"] if not one["done"]]
    if not left:
        return Toast(message=f"{act}: {answer['done']} done", level="success")
    why = "content points at it" if left[0]["code"] == "in_use" else str(left[0]["code"]).replace("_", " ")
    return Toast(
        message=f"{act}: {answer['done']} of {len(answer['data'])} done; {why} (w shows where)", level="warning"
    )


class LibrarySession(Session):
    """Files are found, opened, described, moved, tagged and deleted."""

    async def first(self, event: Init) -> View | Action:
        folder = self.param("folder")
        here = [one["path"] for one in await self.folders() if one["id"] == folder] if folder else []
        into: Mapping[str, Any] = {"folder": folder} if folder else {}
        path = f"{here[0].rstrip('/')}/" if here else "/"
        told = self.writes and self._call.door == "ssh"  # the person's files are elsewhere then
        return Listing(
            title=f"Media: {here[0]}" if here else "Media",
            ask=Ask(operation="media.list", params={} if folder is None else {"folder": folder}),
            columns=COLUMNS,
            acts=(
                *file_acts(writes=self.writes),
                *((Act(name="upload", label="upload", key="U", row=False, upload=into),) if self.writes else ()),
                Act(name="folders", label="folders", key="F", row=False, opens=Navigate(screen="folders")),
            ),
            note=f"upload: scp -P PORT FILE ... {quote('HOST:/media' + path)}" if told else "",
            details=DETAILS,
            search="q",
            filters=FILTERS,
            empty="no files here",
        )  # fmt: skip

    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        if act == "describe" and rows:
            asset = await self.run("media.get", id=str(rows[0]["id"]))
            return self.over(describing(asset, await self.locales()))
        return await self.over_many(act, rows)

    async def done(self, act: str, answer: Any) -> View | Action | None:
        if act == MOVE_HERE:
            return self.leave(f"moved: {answer['done']}")
        return outcome(act, answer)
