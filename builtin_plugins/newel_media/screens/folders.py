"""The screen ``folders``: the tree of folders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newel.contracts.tui import Action, Init, Navigate
from newel.contracts.views import Act, Ask, Col, Listing, View
from newel_media.screens.forms import MOVE_HERE, moving_folder
from newel_media.screens.session import Session


class FoldersSession(Session):
    """Folders are opened, made, renamed, moved and deleted."""

    async def first(self, event: Init) -> View | Action:
        folder = {"id": "$id"}
        return Listing(
            title="Folders of media",
            ask=Ask(operation="media.folders", params={"parent": ""}),
            at="",
            below=Ask(operation="media.folders", params={"parent": "$id"}),
            leaf="!folders",
            columns=(
                Col(label="folder", value="name", weight=3),
                Col(label="files", value="files", cell="number", weight=0),
                Col(label="folders", value="folders", cell="number", weight=0),
                Col(label="updated", value="updated_at", cell="time", weight=0),
            ),
            details=(
                Col(label="path", value="path"), Col(label="files", value="files", cell="number"),
                Col(label="made", value="created_at", cell="time"), Col(label="id", value="id"),
            ),
            acts=(
                Act(
                    name="open", label="its files", key="o",
                    opens=Navigate(screen="library", params={"folder": "$id"}),
                ),
                Act(
                    name="new", label="new below", key="n", form=("name",),
                    ask=Ask(operation="media.create_folder", params={"parent": "$id"}),
                ),
                Act(
                    name="new_top", label="new at the top", key="N", row=False, form=("name",),
                    ask=Ask(operation="media.create_folder"),
                ),
                Act(
                    name="rename", label="rename", key="e", form=("name",),
                    ask=Ask(operation="media.update_folder", params=folder),
                ),
                *((Act(name="move", label="move", key="m"),) if self.writes else ()),
                Act(
                    name="delete", label="delete", key="d", many=True, confirm="Delete this folder? It must be empty.",
                    ask=Ask(operation="media.delete_folder", params=folder),
                ),
                Act(
                    name="delete_all", label="delete with all files", key="D",
                    confirm="Delete this folder with all that is in it? Files that content points at stay.",
                    ask=Ask(operation="media.delete_folder", params={**folder, "recursive": True}),
                ),
                Act(name="all", label="all files", key="a", row=False, opens=Navigate(screen="library")),
            ),
            empty="no folders yet",
        )  # fmt: skip

    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        if act == "move" and rows:
            return self.over(moving_folder(str(rows[0]["id"]), await self.folders()))
        return None

    async def done(self, act: str, answer: Any) -> View | Action | None:
        return self.leave(f"it is {answer['path']} now") if act == MOVE_HERE else None
