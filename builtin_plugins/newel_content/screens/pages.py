"""The screen ``pages``: the tree of pages, of all types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newel.contracts.tui import Action, Init, Navigate
from newel.contracts.views import Act, Ask, Col, Listing, View
from newel_content.permissions import CONTENT_CREATE, CONTENT_UPDATE
from newel_content.screens.acts import ENTRY, entry_acts, history_acts, open_act, state_columns
from newel_content.screens.moving import move_form, tree_listing
from newel_content.screens.session import Session


class PagesSession(Session):
    """Pages are opened, created below others, moved and put in order."""

    async def first(self, event: Init) -> View | Action:
        locales = await self.locales()
        acts = [open_act(drafts=True), *entry_acts(), *history_acts()]
        if self.may(CONTENT_CREATE):
            acts.append(Act(name="new", label="new below", key="n"))
            acts.append(Act(name="new_top", label="new at the top", key="N", row=False))
        if self.may(CONTENT_UPDATE):
            acts.append(Act(name="move", label="move", key="m"))
        acts += (_step("up", "K", -1), _step("down", "J", 1))
        return tree_listing(
            title="Pages",
            columns=(
                Col(label="title", value="title", weight=3),
                Col(label="type", value="type", weight=0),
                *state_columns(locales),
                Col(label="path", value="path", weight=2),
            ),
            acts=tuple(acts),
            details=(
                Col(label="title", value="title"),
                Col(label="type", value="type"),
                Col(label="path", value="path"),
                *(Col(label=code, value=f"state.{code}", cell="state") for code in locales),
                Col(label="updated", value="updated_at", cell="time"),
                Col(label="author", value="author"),
                Col(label="id", value="id"),
            ),
        )

    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        row = rows[0] if rows else {}
        match act:
            case "new" | "new_top":
                above = row if act == "new" else {}
                return self.over(await self._kinds(above.get("id"), above.get("type")))
            case "move" if row:
                title = str(row.get("title") or row["id"])
                return self.over(move_form(str(row["type"]), str(row["id"]), title, row.get("parent")))
            case _:
                return None

    async def _kinds(self, parent: Any, above: Any) -> Listing:
        """The types that may stand there."""
        rows = [
            {"name": one.name, "label": one.type.label or one.name}
            for one in (await self.models()).values()
            if one.routable and (above in one.type.parents or not one.type.parents if above else not one.type.parents)
        ]
        params = {"type": "$name", "parent": parent} if parent else {"type": "$name"}
        return Listing(
            title="New page: of which type?",
            rows=tuple(rows),
            key="name",
            columns=(Col(label="type", value="label", weight=2), Col(label="name", value="name")),
            acts=(Act(name="make", label="create", key="n", opens=Navigate(screen="entry", params=params)),),
            empty="no type of pages may stand there",
        )


def _step(name: str, key: str, step: int) -> Act:
    ask = Ask(operation="content.move", params={**ENTRY, "step": step})
    return Act(name=name, label=f"move {name}", key=key, ask=ask)
