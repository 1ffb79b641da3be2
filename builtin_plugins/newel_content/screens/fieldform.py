"""The form of one field: what every field has, the options of its field type, its rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import evolve

from newel.contracts.content import ContentType, Field, FieldType
from newel.contracts.layout import Option
from newel.contracts.views import Ask, Control, Form, Kind
from newel.jsonschema import schema_of
from newel_content.fieldtypes.rules import COUNTS, LENGTHS, NAMES, allowed
from newel_content.model import BLOCKS, REFERENCE, SLUG, BoundField
from newel_content.screens.controls import KINDS, Controls
from newel_content.screens.schemas import from_schema

_FLAGS = {
    "required": ("needed for publishing", "An entry cannot be published without it."),
    "unique": ("unique", "No two entries of the type share a value."),
    "localized": ("localized", "One value per locale instead of one for all."),
    "indexed": ("indexed", "Filters, sorts and searches may use it."),
}


def field_form(type: ContentType, field: Field | None, kind: FieldType, controls: Controls) -> Form:
    """For a field as it is, or a new one of a field type. A field's type never changes."""
    inputs: dict[str, Any] = {"type": type.name, "revision": type.revision, "field": {"type": kind.name}}
    if field is None:
        ask = Ask(operation="types.add_field", params=inputs)
        title = f"New field of {type.label or type.name}: {kind.name}"
    else:
        ask = Ask(operation="types.set_field", params={**inputs, "name": field.name})
        title = f"Field of {type.label or type.name}: {field.name} ({kind.name})"
    asked = tuple(_controls(type, kind, field, controls))
    names = {one.name for one in asked}
    return Form(
        title=title,
        controls=asked,
        values={} if field is None else {name: value for name, value in _values(field).items() if name in names},
        submit=ask,
        at="field",
    )


def _controls(type: ContentType, kind: FieldType, field: Field | None, controls: Controls) -> Iterator[Control]:
    pattern = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,62}$"}
    yield Control(name="name", label="name", required=True, schema=pattern, help="The name in the API.")
    yield Control(name="label", label="label", help="What editors read; the name when empty.")
    yield Control(name="help", label="help", kind="lines", help="A sentence below the input.")
    for name, (label, sentence) in _FLAGS.items():
        if _flagged(name, type, kind):
            yield Control(name=name, kind="flag", label=label, help=sentence)
    if _defaulted(kind):
        bound = BoundField(field or Field(name="default", type=kind.name), kind)
        if kind.name not in ("select", "multiselect") or field is not None:
            one = controls.one(bound)
            yield evolve(one, name="default", label="default", help="The value of a new entry that gives none.")
    if kind.options is not None:
        yield _options(type, kind, controls)
    if names := allowed(kind):
        parts = tuple(_rule(name, kind) for name in NAMES if name in names)
        yield Control(name="rules", kind="object", label="rules", parts=parts)


def _flagged(name: str, type: ContentType, kind: FieldType) -> bool:
    """A block's fields follow the field that holds the block; what has no key has no index."""
    if name == "required":
        return True
    if type.kind == "block":
        return False
    return name == "localized" or kind.key is not None


def _defaulted(kind: FieldType) -> bool:
    return kind.name not in (BLOCKS, REFERENCE, SLUG) and kind.outside is None


def _options(type: ContentType, kind: FieldType, controls: Controls) -> Control:
    made = from_schema("options", schema_of(kind.options), label="options")
    names: dict[str, list[str]] = {}
    if kind.name == REFERENCE:
        names["targets"] = [one.name for one in controls.models.values() if one.kind != "block"]
    elif kind.name == BLOCKS:
        names["types"] = [one.name for one in controls.models.values() if one.kind == "block"]
    elif kind.name == SLUG:
        names["source"] = [one.name for one in type.fields if one.type in ("text", "textarea", "markdown")]
    parts = tuple(
        evolve(
            part,
            kind="choice" if part.name == "source" else "choices",
            options=tuple(Option(label=one, value=one) for one in names[part.name]),
            schema={},
        )
        if part.name in names
        else part
        for part in made.parts
    )
    return evolve(made, parts=parts)


def _rule(name: str, kind: FieldType) -> Control:
    label = name.replace("_", " ")
    if name in (*COUNTS, *LENGTHS):
        return Control(name=name, kind="integer", label=label, schema={"type": "integer", "minimum": 0})
    if name == "one_of":
        known: Kind = "json" if kind.name in ("number", "integer") else "tags"
        return Control(name=name, kind=known, label=label, help="The values that are taken.")
    if name == "pattern":
        return Control(name=name, label=label, help="A regular expression that the whole value matches.")
    return Control(name=name, kind=KINDS.get(kind.name, "number"), label=label)


def _values(field: Field) -> dict[str, Any]:
    return {
        "name": field.name, "label": field.label, "help": field.help, "required": field.required,
        "unique": field.unique, "localized": field.localized, "indexed": field.indexed, "default": field.default,
        "options": dict(field.options), "rules": dict(field.rules),
    }  # fmt: skip
