"""Fields of content types as controls of a form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import define, evolve, frozen

from newel.contracts.layout import Option
from newel.contracts.tui import FieldInterface
from newel.contracts.views import Control, Kind
from newel_content.model import BLOCKS, REFERENCE, BoundField, Model
from newel_content.screens.picks import entries_pick, media_pick
from newel_content.screens.schemas import from_schema

KINDS: dict[str, Kind] = {
    "text": "text", "textarea": "lines", "markdown": "markdown", "slug": "text", "email": "text", "url": "text",
    "color": "text", "integer": "integer", "boolean": "flag", "date": "date", "time": "time", "datetime": "datetime",
    "tags": "tags", "json": "json",
}  # fmt: skip
MOST = 2000
"""Controls of a form, those inside blocks too. What is nested deeper than that reaches is edited as JSON."""
DEEPEST = 6


@define
class _Room:
    """How many controls may still be made: block types may hold each other, without an end."""

    left: int = MOST


@frozen
class Controls:
    """Makes controls. ``models`` are all content types by name."""

    models: Mapping[str, Model]
    interfaces: Mapping[tuple[str, str], FieldInterface]

    def of(self, model: Model) -> tuple[Control, ...]:
        """The fields of a type, in its order. What publishing needs has a ``*``: drafts may lack it."""
        return tuple(self._fields(model, 0, _Room()))

    def one(self, bound: BoundField) -> Control:
        """A field by itself."""
        return self._control(bound, 0, _Room())

    def _fields(self, model: Model, depth: int, room: _Room) -> Iterator[Control]:
        for bound in model:
            control = self._control(bound, depth, room)
            yield evolve(control, localized=bound.localized and depth == 0)

    def _control(self, bound: BoundField, depth: int, room: _Room) -> Control:
        room.left -= 1
        field = bound.field
        label = field.label or field.name.replace("_", " ")
        told: dict[str, Any] = {
            "name": field.name,
            "label": f"{label} *" if field.required else label,
            "help": field.help,
            "schema": dict(bound.kind.schema(field)),
            "interface": self._interface(field.type),
        }
        known = _MAKERS.get(field.type)
        if known is not None:
            return known(self, bound, told)
        if field.type == BLOCKS:
            return self._blocks(bound, told, depth, room)
        if field.type in KINDS:
            return Control(kind=KINDS[field.type], **told)
        return evolve(
            from_schema(field.name, told["schema"]),
            label=told["label"], help=told["help"], interface=told["interface"],
        )  # fmt: skip

    def _interface(self, type: str) -> tuple[str, str] | None:
        return next((key for key, one in self.interfaces.items() if type in one.types), None)

    def _blocks(self, bound: BoundField, told: dict[str, Any], depth: int, room: _Room) -> Control:
        names = bound.field.options.get("types") or [name for name, one in self.models.items() if one.kind == "block"]
        found = [self.models[name] for name in names if name in self.models]
        if depth >= DEEPEST or room.left < sum(len(one.fields) for one in found):
            return Control(kind="json", **told)
        variants = {one.name: tuple(self._fields(one, depth + 1, room)) for one in found}
        return Control(kind="blocks", variants=variants, within="data", **{**told, "schema": {}})

    def reference(self, bound: BoundField, told: dict[str, Any]) -> Control:
        pick = entries_pick(self.models, bound.field.options.get("targets", ()))
        kind: Kind = "references" if bound.field.options.get("many", False) else "reference"
        return Control(kind=kind, pick=pick, **told)

    def media(self, bound: BoundField, told: dict[str, Any]) -> Control:
        kind: Kind = "references" if bound.field.options.get("many", False) else "reference"
        return Control(kind=kind, pick=media_pick(bound), **told)

    def choice(self, bound: BoundField, told: dict[str, Any]) -> Control:
        choices = bound.field.options.get("choices", ())
        options = tuple(Option(label=one.get("label") or one["value"], value=one["value"]) for one in choices)
        return Control(kind="choice" if bound.field.type == "select" else "choices", options=options, **told)

    def number(self, bound: BoundField, told: dict[str, Any]) -> Control:
        """An exact one is a text on the wire, with every digit that was typed."""
        return Control(kind="text" if bound.field.options.get("exact", False) else "number", **told)

    def place(self, bound: BoundField, told: dict[str, Any]) -> Control:
        parts = (
            Control(name="lat", kind="number", label="latitude", required=True, help="From -90 to 90."),
            Control(name="lng", kind="number", label="longitude", required=True, help="From -180 to 180."),
        )
        return Control(kind="object", parts=parts, **told)


_MAKERS: Mapping[str, Callable[[Controls, BoundField, dict[str, Any]], Control]] = {
    REFERENCE: Controls.reference, "media": Controls.media, "select": Controls.choice,
    "multiselect": Controls.choice, "number": Controls.number, "geo": Controls.place,
}  # fmt: skip
