"""Text as written: what goes in comes out, byte for byte."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from newel.bounds import Fault, described
from newel.contracts.content import Field, FieldType

KEY_LENGTH = 191


def string(value: Any) -> str:
    """The text itself. Raises ``Fault`` for what is none, and for what no database and no JSON can carry."""
    if not isinstance(value, str):
        raise Fault("type", f"expected a string, got {described(value)}")
    check_characters(value)
    return value


def check_characters(value: str) -> None:
    """Raises ``Fault`` for NUL and for halves of surrogate pairs."""
    if "\0" in value:
        raise Fault("characters", "a NUL character cannot be stored")
    if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Fault("characters", "half a surrogate pair is not a character")


def folded(value: str) -> str:
    """The text for sorting and comparing without case, cut between code points."""
    return unicodedata.normalize("NFKC", value).casefold().replace("\0", "")[:KEY_LENGTH]


def text_key(stored: Any, field: Field) -> str:
    return folded(stored)


def text_schema(**more: Any) -> Callable[[Field], Mapping[str, Any]]:
    """The JSON Schema of a text with the field's rules."""
    names = {"min_length": "minLength", "max_length": "maxLength", "pattern": "pattern", "one_of": "enum"}

    def schema(field: Field) -> Mapping[str, Any]:
        rules = {names[rule]: bound for rule, bound in field.rules.items() if rule in names}
        if "pattern" in rules:
            rules["pattern"] = f"^(?:{rules['pattern']})$"
        return {"type": "string", **more, **rules}

    return schema


def _line(value: Any, field: Field) -> str:
    text = string(value)
    if "\n" in text or "\r" in text:
        raise Fault("line", "takes one line; use `textarea` for several")
    return text


def _text(value: Any, field: Field) -> str:
    return string(value)


def _kind(name: str, summary: str, parse: Callable[[Any, Field], Any], **more: Any) -> FieldType:
    return FieldType(
        name=name, summary=summary, parse=parse, schema=text_schema(**more), key=text_key, literal=_text, textual=True
    )


TEXT = _kind("text", "One line of text.", _line)
TEXTAREA = _kind("textarea", "Several lines of plain text.", _text)
MARKDOWN = _kind("markdown", "Markdown, kept as written.", _text, contentMediaType="text/markdown")
FIELD_TYPES = (TEXT, TEXTAREA, MARKDOWN)
