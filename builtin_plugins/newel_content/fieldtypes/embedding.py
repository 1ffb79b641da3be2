"""References and blocks. What they name is checked where the catalogue and the database are at hand: ``documents``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from attrs import frozen

from newel.bounds import Fault, MaxLength, described
from newel.contracts.content import Field, FieldType
from newel.ids import is_id
from newel_content.fieldtypes.text import string

MAX_TARGETS = 500
MAX_BLOCKS = 500


@frozen
class ReferenceOptions:
    targets: Annotated[tuple[str, ...], "Types it may point at; empty: any but blocks.", MaxLength(50)] = ()
    many: Annotated[bool, "A list of entries instead of one."] = False
    on_delete: Annotated[
        Literal["restrict", "clear", "cascade"],
        "When the target is deleted: `restrict` refuses, `clear` empties this, `cascade` deletes this entry too.",
    ] = "restrict"


@frozen
class BlocksOptions:
    types: Annotated[tuple[str, ...], "Block types it may hold; empty: all.", MaxLength(100)] = ()


def _id(value: Any) -> str:
    text = string(value)
    if not is_id(text):
        raise Fault("format", "expected the id of an entry")
    return text


def _reference(value: Any, field: Field) -> str | list[str]:
    if not field.options.get("many", False):
        return _id(value)
    if not isinstance(value, list):
        raise Fault("type", f"expected a list of ids, got {described(value)}")
    if len(value) > MAX_TARGETS:
        raise Fault("max_count", f"takes at most {MAX_TARGETS} entries")
    ids = [_id(item) for item in value]
    if len(set(ids)) < len(ids):
        raise Fault("duplicate", "names the same entry twice")
    return ids


def _reference_schema(field: Field) -> Mapping[str, Any]:
    one = {"type": "string", "minLength": 26, "maxLength": 26}
    return {"type": "array", "items": one, "uniqueItems": True} if field.options.get("many", False) else one


def _blocks(value: Any, field: Field) -> list[Any]:
    """The shape only; ``documents`` goes inside."""
    if not isinstance(value, list):
        raise Fault("type", f"expected a list of blocks, got {described(value)}")
    if len(value) > MAX_BLOCKS:
        raise Fault("max_count", f"takes at most {MAX_BLOCKS} blocks")
    return value


def _blocks_schema(field: Field) -> Mapping[str, Any]:
    types = list(field.options.get("types", ()))
    block = {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "type": {"type": "string", "enum": types} if types else {"type": "string"},
            "data": {"type": "object"},
        },
        "required": ["type"],
    }
    return {"type": "array", "items": block, "maxItems": MAX_BLOCKS}


REFERENCE = FieldType(
    name="reference",
    summary="Another entry, or several.",
    parse=_reference,
    schema=_reference_schema,
    key=lambda stored, field: str(stored),
    literal=lambda value, field: string(value),
    many=True,
    options=ReferenceOptions,
)
BLOCKS = FieldType(
    name="blocks",
    summary="A list of embedded blocks, each of a block type.",
    parse=_blocks,
    schema=_blocks_schema,
    options=BlocksOptions,
)
FIELD_TYPES = (REFERENCE, BLOCKS)
