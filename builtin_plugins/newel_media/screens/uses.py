"""The screens ``uses`` and ``similar``: lists about one file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newel.contracts.tui import Action, Init, Navigate
from newel.contracts.views import Act, Ask, Col, Listing, View
from newel_media.screens.forms import MOVE_HERE, describing
from newel_media.screens.library import COLUMNS, DETAILS, file_acts, outcome
from newel_media.screens.session import Session


class UsesSession(Session):
    """Places in content that point at a file."""

    async def first(self, event: Init) -> View | Action:
        return Listing(
            title="Where it is used",
            ask=Ask(operation="media.uses", params={"id": self.subject()}),
            key="entry",
            columns=(
                Col(label="type", value="type"), Col(label="entry", value="entry", weight=2),
                Col(label="field", value="field"), Col(label="locale", value="locale", weight=0),
                Col(label="stage", value="stage", cell="state", weight=0),
            ),
            acts=(
                Act(
                    name="open", label="open the entry", key="o",
                    opens=Navigate(plugin="content", screen="entry", params={"type": "$type", "id": "$entry"}),
                ),
            ),
            empty="no content points at it",
        )  # fmt: skip


class SimilarSession(Session):
    """Images that look the same."""

    async def first(self, event: Init) -> View | Action:
        return Listing(
            title="What looks alike",
            ask=Ask(operation="media.similar", params={"id": self.subject()}),
            cursor="",
            columns=COLUMNS,
            details=DETAILS,
            acts=file_acts(writes=self.writes),
            empty="nothing looks like it",
        )

    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        if act == "describe" and rows:
            asset = await self.run("media.get", id=str(rows[0]["id"]))
            return self.over(describing(asset, await self.locales()))
        return await self.over_many(act, rows)

    async def done(self, act: str, answer: Any) -> View | Action | None:
        return self.leave(f"moved: {answer['done']}") if act == MOVE_HERE else outcome(act, answer)
