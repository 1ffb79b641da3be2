"""The screen ``entries``: the entries of a type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newel.contracts.tui import Action, Init, Navigate
from newel.contracts.views import Act, Ask, Col, Form, Listing, View
from newel_content.documents.titles import searched
from newel_content.model import Model
from newel_content.permissions import CONTENT_CREATE, CONTENT_READ_DRAFT, CONTENT_UPDATE
from newel_content.screens.acts import entry_acts, field_lines, history_acts, open_act, state_columns
from newel_content.screens.moving import move_form
from newel_content.screens.session import Session


class EntriesSession(Session):
    """With ``type``: its entries, drafts where they may be read. Without: the types to choose from."""

    async def first(self, event: Init) -> View | Action:
        type = self.param("type")
        if type is None:
            return CHOICE
        model = (await self.models()).get(type)
        if model is None or model.kind == "block":
            # Says so in the operation's own words.
            await self.run("content.outlines", type=type, limit=1)
            raise AssertionError(type)
        return self._entries(model, await self.locales())

    def _entries(self, model: Model, locales: list[str]) -> Listing:
        drafts = self.may(CONTENT_READ_DRAFT)
        given: dict[str, Any] = {"type": model.name} if drafts else {"type": model.name, "status": "published"}
        acts = [open_act(drafts=drafts), *entry_acts()]
        if drafts:
            acts += history_acts()
        if self.may(CONTENT_CREATE, CONTENT_READ_DRAFT):
            new = Navigate(screen="entry", params={"type": model.name})
            acts.append(Act(name="new", label="new", key="n", opens=new, row=False))
        if model.routable and self.may(CONTENT_UPDATE):
            acts.append(Act(name="move", label="move", key="m"))
        path = (Col(label="path", value="path"),) if model.routable else ()
        return Listing(
            title=model.type.label or model.name,
            ask=Ask(operation="content.outlines", params=given),
            next="links.next",
            columns=(
                Col(label="title", value="title", weight=3),
                *path,
                *(state_columns(locales) if drafts else ()),
                Col(label="updated", value="updated_at", cell="time", weight=0),
            ),
            acts=tuple(acts),
            search="q" if searched(model) else "",
            filters=("locale", "status", "sort") if drafts else ("locale", "sort"),
            detail=Ask(operation="content.get", params={**given, "id": "$id"}),
            details=(*field_lines(model), Col(label="id", value="id"), Col(label="revision", value="revision")),
            empty="no entries yet" if drafts else "nothing is published yet",
        )

    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        if act == "move" and rows:
            return self.over(_moving(rows[0]))
        return None


def _moving(row: Mapping[str, Any]) -> Form:
    return move_form(str(row["type"]), str(row["id"]), str(row.get("title") or row["id"]), row.get("parent"))


CHOICE = Listing(
    title="Entries of",
    ask=Ask(operation="types.list", params={"kinds": ["collection", "single", "page"]}),
    key="name",
    columns=(
        Col(label="type", value="name"),
        Col(label="label", value="label", weight=2),
        Col(label="kind", value="kind", weight=0),
        Col(label="public", value="public", cell="flag", weight=0),
    ),
    acts=(
        Act(name="open", label="entries", key="e", opens=Navigate(screen="entries", params={"type": "$name"})),
        Act(name="pages", label="tree of pages", key="t", opens=Navigate(screen="pages"), row=False),
        Act(name="fields", label="fields", key="F", opens=Navigate(screen="fields", params={"type": "$name"})),
    ),
    empty="there are no types yet: begin with the quick start",
)
