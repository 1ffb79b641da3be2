"""What can be told about a value by its JSON Schema without asking the site.

Patterns are left to the site: some are written by strangers, and a bad one holds up everybody at this process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from newel.contracts.views import MISSING, Control
from newel_tui.boxes.form.field import Fault

_NAMES = {
    "string": "text", "integer": "a whole number", "number": "a number", "boolean": "yes or no", "array": "a list",
    "object": "an object",
}  # fmt: skip


def empty(value: Any) -> bool:
    return value is MISSING or value is None or value in ("", [], {})


def types_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The types that a schema names; none: any."""
    named = schema.get("type", ())
    return (named,) if isinstance(named, str) else tuple(named)


def broken(value: Any, control: Control, pointer: str, touched: bool) -> Iterator[Fault]:
    """What is wrong with one value, not looking into it."""
    if control.readonly:
        return
    if empty(value):
        if control.required:
            yield Fault(pointer, "is required", quiet=not touched)
        if value in (MISSING, None, ""):
            return
    if told := _told(value, control.schema):
        yield Fault(pointer, told)


def _told(value: Any, schema: Mapping[str, Any]) -> str:
    types = types_of(schema)
    if types and not any(_is(value, one) for one in types):
        return "expected " + " or ".join(_NAMES.get(one, one) for one in types if one != "null")
    if "enum" in schema and value not in schema["enum"]:
        return "expected one of: " + ", ".join(str(one) for one in schema["enum"][:10])
    if isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        if value < schema.get("minimum", value):
            return f"must be at least {schema['minimum']}"
        return f"must be at most {schema['maximum']}" if value > schema.get("maximum", value) else ""
    if isinstance(value, str):
        noun, unit = "Length", "characters"
    elif isinstance(value, list | tuple):
        noun, unit = "Items", "items"
    else:
        noun, unit = "Properties", "keys"
    if len(value) < (least := schema.get(f"min{noun}", 0)):
        return f"takes at least {least} {unit}"
    most = schema.get(f"max{noun}")
    return f"takes at most {most} {unit}, these are {len(value)}" if most is not None and len(value) > most else ""


def _is(value: Any, name: str) -> bool:
    match name:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "array":
            return isinstance(value, list | tuple)
        case "object":
            return isinstance(value, Mapping)
        case _:
            return value is None
