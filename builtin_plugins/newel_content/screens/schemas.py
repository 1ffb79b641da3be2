"""JSON Schemas as controls: how the values of field types are edited that nothing more is known of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newel.contracts.layout import Option
from newel.contracts.views import Control, Kind

DEEPEST = 4
_FORMATS: dict[str, Kind] = {"date": "date", "time": "time", "date-time": "datetime"}
_PLAIN: dict[str, Kind] = {"boolean": "flag", "integer": "integer", "number": "number"}


def from_schema(
    name: str, schema: Mapping[str, Any], defs: Mapping[str, Any] | None = None, depth: int = 0, **more: Any
) -> Control:
    """The control for a schema; what cannot be told on lines is written as JSON. ``defs`` are what ``$ref`` names."""
    known = dict(defs or schema.get("$defs", {}))
    plain = _plain(schema, known)
    if label := plain.get("description"):
        more.setdefault("help", str(label))
    made = _structured(name, plain, known, depth, more) if depth < DEEPEST else None
    return made or Control(name=name, kind=_kind(plain), options=_options(plain), schema=_checked(plain), **more)


def _plain(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without references, and without the ``null`` that stands for nothing."""
    for _ in range(DEEPEST):
        if "$ref" in schema:
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            schema = {**defs.get(str(schema["$ref"]).rpartition("/")[2], {}), **rest}
        some = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
        if len(some) == 1:
            schema = {**{key: value for key, value in schema.items() if key != "anyOf"}, **some[0]}
    kind = schema.get("type")
    if isinstance(kind, list):
        rest_of = [one for one in kind if one != "null"]
        schema = {**schema, "type": rest_of[0] if len(rest_of) == 1 else None}
    return schema


def _structured(
    name: str, schema: Mapping[str, Any], defs: Mapping[str, Any], depth: int, more: Mapping[str, Any]
) -> Control | None:
    """What has an inside: objects with known parts, lists of anything but texts."""
    if schema.get("type") == "object" and schema.get("properties"):
        needed = schema.get("required", ())
        parts = tuple(
            from_schema(key, inner, defs, depth + 1, label=key.replace("_", " "), required=key in needed)
            for key, inner in schema["properties"].items()
        )
        return Control(name=name, kind="object", parts=parts, **more)
    items = schema.get("items")
    if schema.get("type") == "array" and isinstance(items, Mapping):
        inner = _plain(items, defs)
        if "enum" in inner or inner.get("type") == "string":
            return None
        return Control(name=name, kind="list", parts=(from_schema("item", inner, defs, depth + 1),), **more)
    return None


def _kind(schema: Mapping[str, Any]) -> Kind:
    kind, items = schema.get("type"), schema.get("items")
    if kind == "array" and isinstance(items, Mapping):
        return "choices" if "enum" in items else "tags"
    if "enum" in schema and all(isinstance(one, str) for one in schema["enum"]):
        return "choice"
    if kind == "string":
        long = int(schema.get("maxLength", 0)) > 500
        return _FORMATS.get(str(schema.get("format", "")), "lines" if long else "text")
    return _PLAIN.get(str(kind), "json")


def _options(schema: Mapping[str, Any]) -> tuple[Option, ...]:
    items = schema.get("items")
    named = items.get("enum", ()) if isinstance(items, Mapping) else schema.get("enum", ())
    return tuple(Option(label=str(one), value=str(one)) for one in named if isinstance(one, str))


def _checked(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is checked while somebody types: the schema without its prose and without what it refers to."""
    return {key: value for key, value in schema.items() if key not in ("description", "$defs", "$schema", "default")}
