"""The field type ``isbn``: any spelling goes in, thirteen digits are kept."""

from __future__ import annotations

from typing import Any

from newel import Fault
from newel.contracts.content import Field, FieldType
from newel_imprint.isbn import PATTERN, normalized


def _parse(value: Any, field: Field) -> str:
    if not isinstance(value, str):
        raise Fault("type", "expected an ISBN as text")
    return normalized(value)


ISBN = FieldType(
    name="isbn",
    summary="An International Standard Book Number.",
    parse=_parse,
    schema=lambda field: {"type": "string", "pattern": f"^{PATTERN}$"},
    # With a key the field can be indexed, and thirteen digits sort as they are; ``literal`` reads a filter's operand.
    key=lambda stored, field: str(stored),
    literal=_parse,
)
