"""Values with an inside: JSON and places on the globe."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from newel.bounds import Fault, described
from newel.contracts.content import Field, FieldType
from newel_content.fieldtypes.text import check_characters

MAX_DEPTH = 32


def check_json(value: Any, depth: int = 0) -> None:
    """Raises ``Fault`` for what JSON, our databases or a reader with 64-bit integers cannot carry."""
    if depth > MAX_DEPTH:
        raise Fault("depth", f"is nested deeper than {MAX_DEPTH} levels")
    match value:
        case None | bool():
            return
        case str():
            check_characters(value)
        case int():
            if not -(2**63) <= value <= 2**63 - 1:
                raise Fault("range", "an integer takes 64 bits")
        case float():
            if not math.isfinite(value):
                raise Fault("type", "holds a number that JSON does not have")
        case list():
            for item in value:
                check_json(item, depth + 1)
        case Mapping():
            for key, item in value.items():
                if not isinstance(key, str):
                    raise Fault("type", "an object's keys are strings")
                check_characters(key)
                check_json(item, depth + 1)
        case _:
            raise Fault("type", f"expected JSON, got {described(value)}")


def _json(value: Any, field: Field) -> Any:
    check_json(value)
    return value


def _degrees(place: Mapping[str, Any], name: str, most: int) -> int | float:
    value = place[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
        raise Fault("range", f"`{name}` takes a number from -{most} to {most}")
    return value


def _geo(value: Any, field: Field) -> Any:
    if not isinstance(value, Mapping) or set(value) != {"lat", "lng"}:
        raise Fault("type", 'expected {"lat": 52.52, "lng": 13.41}')
    return {"lat": _degrees(value, "lat", 90), "lng": _degrees(value, "lng", 180)}


def _geo_schema(field: Field) -> Mapping[str, Any]:
    degrees = {"lat": 90, "lng": 180}
    return {
        "type": "object",
        "properties": {name: {"type": "number", "minimum": -most, "maximum": most} for name, most in degrees.items()},
        "required": list(degrees),
        "additionalProperties": False,
    }


JSON = FieldType(name="json", summary="Any JSON.", parse=_json, schema=lambda field: {})
GEO = FieldType(name="geo", summary="A place, in degrees (WGS 84).", parse=_geo, schema=_geo_schema)
FIELD_TYPES = (JSON, GEO)
