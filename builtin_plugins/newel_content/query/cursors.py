"""Cursors: where the previous page ended, as opaque text.

A cursor holds the sort keys and the id of a page's last entry, and a digest of them together with the list that it
belongs to: type, side, locales, order, filter. With any other list it is refused, and so is one that was cut or
damaged on its way.

The digest is no secret, so a cursor can be forged; that wins nothing. A cursor is only ever the lower bound of a list
whose type, side, filter and rights are those of the request it comes with. Every row behind a forged cursor is a row
that the same caller gets by turning pages, and its values are bound parameters like those of a filter, checked for
being text. So there is no key to keep, rotate and share between processes. (Sort keys that a caller may not read must
never get into a cursor: only fields that the caller may sort by do.)
"""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import orjson
from attrs import frozen

from newel import Malformed, Problem
from newel.ids import is_id
from newel_content.fieldtypes.text import KEY_LENGTH
from newel_content.query.sorting import Key

DIGEST = 9  # bytes


@frozen
class Place:
    """A place in an order: the sort keys and the id of the entry that stands there."""

    keys: tuple[str | None, ...]
    id: str


def list_mark(*parts: Any) -> bytes:
    """What tells one list from another."""
    return json.dumps(parts, sort_keys=True, default=str).encode()


def sealed(mark: bytes, place: Place) -> str:
    """The cursor of a place in a list."""
    return packed(mark, [*place.keys, place.id])


def opened(mark: bytes, cursor: str, keys: Sequence[Key]) -> Place:
    """The place that a cursor of this list names. Raises ``Malformed``."""
    *values, id = unpacked(mark, cursor) or [None]
    if len(values) != len(keys) or not isinstance(id, str) or not is_id(id):
        raise _refused()
    for value, key in zip(values, keys, strict=True):
        if value is None and key.nullable:
            continue
        if not isinstance(value, str) or len(value) > KEY_LENGTH or "\0" in value:
            raise _refused()
    return Place(tuple(values), id)


def packed(mark: bytes, parts: Sequence[Any]) -> str:
    """Parts as opaque text that belongs to a list."""
    body = orjson.dumps(parts)
    return urlsafe_b64encode(_digest(mark, body) + body).decode().rstrip("=")


def unpacked(mark: bytes, text: str) -> list[Any] | None:
    """The parts; ``None`` where the text is none of that list, or damaged."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    digest, body = raw[:DIGEST], raw[DIGEST:]
    if digest != _digest(mark, body) or text.rstrip("=") != urlsafe_b64encode(raw).decode().rstrip("="):
        return None
    try:
        parts = orjson.loads(body)
    except ValueError:
        return None
    return parts if isinstance(parts, list) and parts else None


def _digest(mark: bytes, body: bytes) -> bytes:
    return blake2b(body, digest_size=DIGEST, key=blake2b(mark, digest_size=32).digest()).digest()


def _refused() -> Malformed:
    detail = (
        "is not a cursor of this list: leave it out to begin anew (type, locale, sort and filter must stay the same)"
    )
    return Malformed("the cursor cannot be used", problems=[Problem("/cursor", "cursor", detail)])
