"""Values out of a list, and free tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from attrs import frozen

from newel.bounds import Fault, MaxLength, MinLength, described
from newel.contracts.content import Field, FieldType
from newel_content.fieldtypes.text import check_characters, folded, string

MAX_TAGS = 100
MAX_TAG = 100


@frozen
class Choice:
    value: Annotated[str, "What is stored.", MinLength(1), MaxLength(100)]
    label: Annotated[str, "What editors read; the value when empty.", MaxLength(200)] = ""


@frozen
class ChoiceOptions:
    choices: Annotated[tuple[Choice, ...], "What can be chosen.", MinLength(1), MaxLength(500)]


def _choices(field: Field) -> list[str]:
    return [choice["value"] for choice in field.options.get("choices", ())]


def _select(value: Any, field: Field) -> str:
    text = string(value)
    known = _choices(field)
    if text not in known:
        raise Fault("one_of", "expected one of: " + ", ".join(known))
    return text


def _multiselect(value: Any, field: Field) -> list[str]:
    return [_select(item, field) for item in _listed(value)]


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Fault("type", f"expected a list, got {described(value)}")
    if any(item in value[:index] for index, item in enumerate(value)):
        raise Fault("duplicate", "names the same value twice")
    return value


def _tags(value: Any, field: Field) -> list[str]:
    if isinstance(value, list) and len(value) > MAX_TAGS:
        raise Fault("max_count", f"takes at most {MAX_TAGS} tags")
    tags = _listed(value)
    for tag in tags:
        if not 0 < len(string(tag)) <= MAX_TAG or tag != tag.strip() or not tag.isprintable():
            raise Fault("format", f"a tag is a word or two: 1 to {MAX_TAG} characters, no space at its ends")
    return tags


def _one(value: Any, field: Field) -> str:
    """A filter names single values."""
    text = string(value)
    check_characters(text)
    return text


def _key(stored: Any, field: Field) -> str:
    return folded(stored)


def _choice_schema(field: Field) -> Mapping[str, Any]:
    return {"type": "string", "enum": _choices(field)}


def _list_schema(items: Mapping[str, Any], field: Field) -> Mapping[str, Any]:
    names = {"min_count": "minItems", "max_count": "maxItems"}
    rules = {names[rule]: bound for rule, bound in field.rules.items() if rule in names}
    return {"type": "array", "uniqueItems": True, "items": items, **rules}


SELECT = FieldType(
    name="select",
    summary="One value out of a list.",
    parse=_select,
    schema=_choice_schema,
    key=_key,
    literal=_one,
    options=ChoiceOptions,
)
MULTISELECT = FieldType(
    name="multiselect",
    summary="Several values out of a list.",
    parse=_multiselect,
    schema=lambda field: _list_schema(_choice_schema(field), field),
    key=_key,
    literal=_one,
    many=True,
    options=ChoiceOptions,
)
TAGS = FieldType(
    name="tags",
    summary="Free words to find the entry by.",
    parse=_tags,
    schema=lambda field: _list_schema({"type": "string", "maxLength": MAX_TAG}, field),
    key=_key,
    literal=_one,
    many=True,
    textual=True,
)
FIELD_TYPES = (SELECT, MULTISELECT, TAGS)
