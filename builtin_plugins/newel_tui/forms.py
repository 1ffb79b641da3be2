"""Forms made from the input type of an operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newel.contracts.layout import Option
from newel.contracts.views import Ask, Control, Form, Kind
from newel_tui.gateway import Known

DEEPEST = 8
"""Levels of objects and lists in an input that become fields; what is deeper is edited as JSON."""
LONG = 300
"""A text that may be so long is edited in several lines."""
Schema = Mapping[str, Any]


def form_for(known: Known, given: Mapping[str, Any], names: Sequence[str], start: Any) -> Form:
    """Asks for the named input fields (none named: all that are not given), filled in from a row where it has them."""
    wanted = [name for name in (names or known.inputs) if name not in given or name in names]
    required, defs = known.schema.get("required", ()), known.schema.get("$defs", {})
    controls = tuple(
        control_of(name, known.inputs[name], defs, required=name in required) for name in wanted if name in known.inputs
    )
    row = start if isinstance(start, Mapping) else {}
    values = {one.name: _started(one, row[one.name]) for one in controls if one.name in row and one.kind != "secret"}
    params = {name: _literal(value) for name, value in given.items()}
    return Form(title=known.summary, controls=controls, values=values, submit=Ask(operation=known.name, params=params))


def control_of(
    name: str, schema: Schema, defs: Mapping[str, Schema], *, required: bool = False, deep: int = 0
) -> Control:
    """The control for one input field. A shape that no control is for is edited as JSON."""
    whole, nullable = _resolved(schema, defs)
    told = " ".join(str(schema.get("description") or whole.get("description") or "").split())
    kind, parts = _kind(whole, defs, deep)
    options: tuple[Option, ...] = ()
    if kind in ("choice", "choices"):
        among = _resolved(whole["items"], defs)[0] if kind == "choices" else whole
        options = tuple(Option(label=str(one), value=str(one)) for one in among["enum"] if one is not None)
    checked = dict(whole)
    checked.pop("description", None)
    if "default" in schema:
        checked["default"] = schema["default"]
    if nullable and isinstance(checked.get("type"), str):
        checked["type"] = [checked["type"], "null"]
    return Control(
        name=name, kind=kind, label=name.replace("_", " "), help=told, required=required, options=options,
        schema=checked, parts=parts,
    )  # fmt: skip


def _resolved(schema: Schema, defs: Mapping[str, Schema]) -> tuple[dict[str, Any], bool]:
    """The schema that a reference, or a choice between one and ``null``, means; and whether ``null`` is taken."""
    found, nullable = dict(schema), False
    for _ in range(10):
        if "$ref" in found:
            found = {
                **defs.get(str(found["$ref"]).rpartition("/")[2], {}),
                **{k: v for k, v in found.items() if k != "$ref"},
            }
        elif "anyOf" in found:
            rest = [one for one in found["anyOf"] if one.get("type") != "null"]
            nullable = nullable or len(rest) < len(found["anyOf"])
            if len(rest) != 1:
                break
            del found["anyOf"]
            found = {**rest[0], **found}
        else:
            break
    if isinstance(found.get("type"), list):
        rest = [one for one in found["type"] if one != "null"]
        nullable = nullable or len(rest) < len(found["type"])
        if len(rest) == 1:
            found["type"] = rest[0]
    return found, nullable


def _kind(schema: Schema, defs: Mapping[str, Schema], deep: int) -> tuple[Kind, tuple[Control, ...]]:
    if "enum" in schema:
        return "choice", ()
    match schema.get("type"):
        case "string":
            return _text(schema), ()
        case "integer":
            return "integer", ()
        case "number":
            return "number", ()
        case "boolean":
            return "flag", ()
        case "array" if deep < DEEPEST:
            return _array(schema, defs, deep)
        case "object" if deep < DEEPEST and schema.get("properties"):
            required = schema.get("required", ())
            return "object", tuple(
                control_of(name, one, defs, required=name in required, deep=deep + 1)
                for name, one in schema["properties"].items()
            )
        case _:
            return "json", ()


def _text(schema: Schema) -> Kind:
    formats: Mapping[Any, Kind] = {"date-time": "datetime", "date": "date", "time": "time", "password": "secret"}
    if (kind := formats.get(schema.get("format"))) is not None:
        return kind
    if schema.get("contentMediaType") == "text/markdown":
        return "markdown"
    return "lines" if schema.get("maxLength", 0) >= LONG else "text"


def _array(schema: Schema, defs: Mapping[str, Schema], deep: int) -> tuple[Kind, tuple[Control, ...]]:
    items, _ = _resolved(schema.get("items", {}), defs)
    if "enum" in items:
        return "choices", ()
    if items.get("type") == "string" and _text(items) == "text":
        return "tags", ()
    item = control_of("item", schema.get("items", {}), defs, deep=deep + 1)
    return ("json", ()) if item.kind == "json" else ("list", (item,))


def _started(control: Control, value: Any) -> Any:
    """A value of a row, which may show more than an input takes: of objects what the form asks for."""
    if control.kind == "object" and isinstance(value, Mapping):
        return {one.name: _started(one, value[one.name]) for one in control.parts if one.name in value}
    if control.kind == "list" and isinstance(value, list | tuple):
        return [_started(control.parts[0], one) for one in value]
    return value


def _literal(value: Any) -> Any:
    """A value as an input that means itself: what begins with a dollar is no reference."""
    if isinstance(value, str):
        return "$" + value if value.startswith("$") else value
    if isinstance(value, Mapping):
        return {key: _literal(one) for key, one in value.items()}
    return [_literal(one) for one in value] if isinstance(value, list | tuple) else value
