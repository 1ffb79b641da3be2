"""The lines: a header, then entries.

``{"format": "newel-content", "version": 1, "types": [...], "locales": [...]}``, then
``{"type", "id", "parent", "data": {"title": {"en": ...}, "stars": 3}, "state": {"en": "published"}}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, BinaryIO

import orjson
from attrs import Factory, asdict, frozen

from newel import Malformed, Pattern
from newel.contracts.content import NAME_PATTERN, ContentType, Entry
from newel_content.service.entries import ULID

FORMAT, VERSION = "newel-content", 1
CHUNK = 50
"""Lines that are taken at once."""
CHUNK_BYTES = 1 << 20


@frozen(kw_only=True)
class EntryLine:
    """An entry as an export has it: a draft with all its locales."""

    type: Annotated[str, "Its type.", Pattern(NAME_PATTERN)]
    id: Annotated[str, "Its id, the same on every site.", Pattern(ULID)]
    data: Annotated[Mapping[str, Any], "The fields by name, localised ones as `{code: value}`."]
    parent: Annotated[str | None, "The page above it."] = None
    state: Annotated[Mapping[str, str], "By locale; what is `published` can be published again."] = Factory(dict)


@frozen
class RawLine:
    """A line of a file. ``number`` counts from 1."""

    number: int
    offset: int
    data: bytes


def header(types: Sequence[ContentType], locales: Sequence[str]) -> bytes:
    """The first line."""
    return line({"format": FORMAT, "version": VERSION, "locales": list(locales), "types": [told(one) for one in types]})


def told(type: ContentType) -> dict[str, Any]:
    """A type without what each site gives it itself."""
    names = ("name", "label", "kind", "public", "parents")
    fields = [{name: value for name, value in asdict(one).items() if name != "number"} for one in type.fields]
    return {name: getattr(type, name) for name in names} | {"fields": fields}


def entry(one: Entry) -> bytes:
    """The line of an entry."""
    parent = {"parent": one.parent} if one.parent else {}
    return line({"type": one.type, "id": one.id, **parent, "data": one.data, "state": one.state})


def line(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


def read_header(raw: bytes) -> dict[str, Any]:
    """Raises ``Malformed``."""
    value = parsed(raw)
    if value.get("format") != FORMAT:
        raise Malformed(f'line 1: an import begins with a line {{"format": "{FORMAT}", ...}}, as an export does')
    if value.get("version") != VERSION:
        raise Malformed(f"line 1: this is version {value.get('version')!r} of the format, and {VERSION} is known here")
    if not isinstance(value.get("types"), list):
        raise Malformed("line 1: 'types' is a list")
    return value


def parsed(raw: bytes) -> dict[str, Any]:
    """Raises ``Malformed``."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"this is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise Malformed("a line is an object")
    return value


def chunks(file: BinaryIO, most: int) -> Iterator[list[RawLine]]:
    """The lines from where the file stands, some at a time; empty ones are left out. ``most``: bytes of a line, one
    that is longer comes cut, with a byte more. Blocks."""
    number, found, size = 0, list[RawLine](), 0
    while True:
        offset = file.tell()
        data = file.readline(most + 1)
        number += 1
        if len(data) > most:
            while not data.endswith(b"\n") and (rest := file.readline(most)):
                data = data[:most] + b"x" + rest[-1:]
        if data.strip():
            found.append(RawLine(number, offset, data))
            size += len(data)
        if found and (not data or len(found) == CHUNK or size > CHUNK_BYTES):
            yield found
            found, size = [], 0
        if not data:
            return
