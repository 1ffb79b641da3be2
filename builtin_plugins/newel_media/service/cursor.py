"""Cursors: where a page ended, as opaque text that belongs to one list.

The digest is no secret: behind a forged cursor is only what the same caller gets by turning pages.
"""

from __future__ import annotations

import binascii
import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

from newel import Malformed, Problem
from newel.ids import is_id

DIGEST = 9  # bytes


def sealed(list_: Any, keys: Sequence[Any]) -> str:
    """The cursor behind the asset with these sort keys, of which the last is its id."""
    body = json.dumps(list(keys)).encode()
    return urlsafe_b64encode(_digest(list_, body) + body).decode().rstrip("=")


def opened(list_: Any, cursor: str, kinds: Sequence[type]) -> list[Any]:
    """The sort keys, of these types. Raises ``Malformed`` for a cursor of another list, or a damaged one."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        keys = json.loads(raw[DIGEST:]) if raw[:DIGEST] == _digest(list_, raw[DIGEST:]) else None
    except (binascii.Error, ValueError, RecursionError):
        keys = None
    if not isinstance(keys, list) or not _fit(keys, kinds):
        detail = "is not a cursor of this list: leave it out to begin anew (filters and order must stay the same)"
        raise Malformed("the cursor cannot be used", problems=[Problem("/cursor", "cursor", detail)])
    return keys


def _fit(keys: Sequence[Any], kinds: Sequence[type]) -> bool:
    if [type(key) for key in keys] != list(kinds) or not is_id(keys[-1]):
        return False
    return not any(isinstance(key, int) and abs(key) >= 2**63 for key in keys)


def _digest(list_: Any, body: bytes) -> bytes:
    mark = json.dumps(list_, sort_keys=True, default=str).encode()
    return hashlib.blake2b(body, digest_size=DIGEST, key=hashlib.blake2b(mark, digest_size=32).digest()).digest()
