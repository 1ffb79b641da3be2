"""The screen ``fields``: the fields of a content type, in the order of the editor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newel import NotFound
from newel.contracts.content import ContentType, Field
from newel.contracts.tui import Action, Init, Navigate
from newel.contracts.views import Act, Ask, Col, Listing, View
from newel.screens import Screens
from newel_content.permissions import TYPES_WRITE
from newel_content.screens.controls import Controls
from newel_content.screens.fieldform import field_form
from newel_content.screens.session import Session


class FieldsSession(Session):
    """The fields of ``type``: added, changed, put in order, removed."""

    async def first(self, event: Init) -> View | Action:
        return await self._fields()

    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View | Action | None:
        row = rows[0] if rows else {}
        match act:
            case "new":
                return self.over(_kinds())
            case "take" if row:  # the form stands in place of the list of field types
                return await self._form(str(row["name"]), None)
            case "edit" if row:
                return self.over(await self._form(str(row["type"]), str(row["name"])))
            case _:
                return None

    async def _type(self) -> ContentType:
        found: ContentType = await self.run("types.get", name=self.param("type") or "")
        return found

    async def _form(self, kind: str, name: str | None) -> View:
        type = await self._type()
        field = None if name is None else type.field(name)
        if name is not None and field is None:
            raise NotFound(f"'{type.name}' has no field '{name}'")
        known = self.field_types.get(kind)
        if known is None:
            raise NotFound(f"no plugin brings the field type '{kind}'")
        controls = Controls(await self.models(), Screens(self.app).interfaces())
        return field_form(type, field, known, controls)

    async def _fields(self) -> Listing:
        type = await self._type()
        at = {"type": type.name, "name": "$name"}
        return Listing(
            title=f"Fields of {type.label or type.name}",
            ask=Ask(operation="types.get", params={"name": type.name}),
            at="fields",
            key="name",
            columns=(
                Col(label="name", value="name", weight=2),
                Col(label="type", value="type"),
                Col(label="label", value="label", weight=2),
                Col(label="needed", value="required", cell="flag", weight=0),
                Col(label="unique", value="unique", cell="flag", weight=0),
                Col(label="localized", value="localized", cell="flag", weight=0),
                Col(label="indexed", value="indexed", cell="flag", weight=0),
            ),
            acts=(
                *(_FORMS if self.may(TYPES_WRITE) else ()),
                Act(
                    name="delete", label="delete", key="d",
                    confirm="Remove this field? Its values stay in the entries, out of sight.",
                    ask=Ask(operation="types.delete_field", params=at),
                ),
                Act(
                    name="up", label="move up", key="K",
                    ask=Ask(operation="types.move_field", params={**at, "step": -1}),
                ),
                Act(
                    name="down", label="move down", key="J",
                    ask=Ask(operation="types.move_field", params={**at, "step": 1}),
                ),
                Act(
                    name="share", label="one value for all locales", key="S", when={"localized": True},
                    confirm="Keep the default locale's values only? The values in other locales are lost.",
                    ask=Ask(
                        operation="types.set_field",
                        params={**at, "force": True, "field": {**_WHOLE, "localized": False}},
                    ),
                ),
                Act(
                    name="history", label="history", key="v", row=False,
                    opens=Navigate(screen="type_history", params={"type": type.name}),
                ),
            ),
            details=(
                Col(label="label", value="label"), Col(label="help", value="help"), Col(label="number", value="number"),
                Col(label="default", value="default"), Col(label="options", value="options"),
                Col(label="rules", value="rules"),
            ),
            empty="no fields yet",
        )  # fmt: skip


_FORMS = (Act(name="edit", label="edit", key="e"), Act(name="new", label="new", key="n", row=False))
_WHOLE = {name: f"${name}" for name in Field.__annotations__}


def _kinds() -> Listing:
    return Listing(
        title="New field: of which type?",
        ask=Ask(operation="types.field_types"),
        key="name",
        columns=(Col(label="type", value="name"), Col(label="what it is", value="summary", weight=3)),
        acts=(Act(name="take", label="choose", key="n"),),
    )
