"""The screens ``versions`` and ``type_history``: what was, what differs, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newel.contracts.tui import Action, Init
from newel.contracts.views import Act, Ask, Col, Listing, Sheet, View
from newel_content.screens.acts import open_act
from newel_content.screens.session import Session
from newel_content.screens.texts import differences, reading


class VersionsSession(Session):
    """The versions of an entry (``type``, ``id``), in a locale (``locale``) or the default one."""

    async def first(self, event: Init) -> View | Action:
        order = {"type": self.param("type"), "id": self.param("id")}
        given = {**order, "locale": self.param("locale")} if self.param("locale") else order
        title = (await self.run("content.outline", id=self.param("id") or "")).title
        return Listing(
            title=f"Versions of {title or self.param('id')}",
            ask=Ask(operation="content.versions", params=given),
            key="number",
            cursor="below",
            columns=(
                Col(label="version", value="number", cell="number", weight=0),
                Col(label="seen by readers", value="published", cell="flag", weight=0),
                Col(label="why", value="cause", weight=0),
                Col(label="label", value="label", weight=2),
                Col(label="author", value="author"),
                Col(label="when", value="created_at", cell="time", weight=0),
            ),
            acts=(
                Act(name="compare", label="what differs from the draft, or between two marked", key="=", many=True),
                Act(
                    name="restore", label="restore", key="R",
                    confirm="Make this version the draft? What the draft has now is kept only if you keep it first.",
                    ask=Ask(
                        operation="content.restore", params={**order, "number": "$number", "locale": "$locale"}
                    ),
                ),
                Act(
                    name="keep", label="keep the draft as a version", key="n", row=False, form=("label",),
                    ask=Ask(operation="content.snapshot", params=given),
                ),
            ),
            filters=("locale",),
            empty="no versions yet: publishing makes one, n keeps the draft as one",
        )  # fmt: skip

    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        if act != "compare" or not rows:
            return None
        order: dict[str, Any] = {"type": self.param("type"), "id": self.param("id"), "locale": rows[0]["locale"]}
        numbers = sorted(int(row["number"]) for row in rows)
        old = (await self.run("content.version", number=numbers[0], **order)).data
        if len(numbers) > 1:
            new = (await self.run("content.version", number=numbers[-1], **order)).data
            title = f"Version {numbers[0]} (-) and version {numbers[-1]} (+)"
        else:
            new = (await self.run("content.get", **order)).data
            title = f"Version {numbers[0]} (-) and the draft (+)"
        names = [*new, *(name for name in old if name not in new)]
        return self.over(Sheet(title=title, grid=reading(title, differences(names, old, new))))


class TypeHistorySession(Session):
    """The revisions of a content type (``type``)."""

    async def first(self, event: Init) -> View | Action:
        return Listing(
            title=f"History of {self.param('type')}",
            ask=Ask(operation="types.history", params={"name": self.param("type")}),
            key="revision",
            columns=(
                Col(label="revision", value="revision", cell="number", weight=0),
                Col(label="author", value="author"),
                Col(label="when", value="created_at", cell="time"),
            ),
            acts=(Act(name="compare", label="what it changed, or between two marked", key="=", many=True),),
        )

    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        if act != "compare" or not rows:
            return None
        history = (await self.run("types.history", name=self.param("type"))).data
        known = {one.revision: one.definition for one in history}
        numbers = sorted(int(row["revision"]) for row in rows)
        first = numbers[0] if len(numbers) > 1 else numbers[0] - 1
        old, new = _named(known.get(first, {})), _named(known.get(numbers[-1], {}))
        title = f"Revision {first} (-) and revision {numbers[-1]} (+)"
        names = list(dict.fromkeys((*new, *old)))
        return self.over(Sheet(title=title, grid=reading(title, differences(names, old, new))))


def _named(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A definition with its fields one by one, by number: a name may change."""
    plain = {name: value for name, value in definition.items() if name != "fields"}
    return plain | {f"field {one['number']}": one for one in definition.get("fields", ())}


class ReferencesSession(Session):
    """Who points at an entry (``type``, ``id``)."""

    async def first(self, event: Init) -> View | Action:
        return Listing(
            title="Who points here",
            ask=Ask(
                operation="content.references", params={"type": self.param("type"), "id": self.param("id")}
            ),
            key="id",
            columns=(
                Col(label="type", value="type"),
                Col(label="entry", value="id", weight=2),
                Col(label="field", value="field"),
                Col(label="stage", value="stage", cell="state", weight=0),
                Col(label="locale", value="locale", weight=0),
                Col(label="when this is deleted", value="on_delete", weight=0),
            ),
            acts=(open_act(drafts=True),),
            detail=Ask(operation="content.outline", params={"id": "$id"}),
            details=(Col(label="title", value="title"), Col(label="path", value="path")),
            empty="nobody points here",
        )  # fmt: skip
