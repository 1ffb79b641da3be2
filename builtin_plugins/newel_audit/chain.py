"""What is hashed and signed, byte for byte. The same stands, for strangers, in ``docs/design/audit.md``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

ROW_FIELDS = (
    "day", "stripe", "seq", "id", "hlc", "node", "at", "actor", "actor_kind", "actor_name", "credential", "door",
    "request_id", "ip", "operation", "outcome", "detail", "entity", "entity_id", "before_json", "after_json",
)  # fmt: skip
HEAD_FIELDS = (
    "day", "stripe", "stripes", "opened", "prior_day", "start", "seq", "hash", "hlc", "next_day", "pruned",
    "pruned_hash", "breaks", "key_id",
)  # fmt: skip


def packed(title: str, values: Iterable[str | int | None]) -> bytes:
    """A title line, then each value as ``<length in bytes>:<UTF-8>`` and a line feed; ``-`` for no value.

    No two lists of values have the same bytes: the lengths say where a value ends.
    """
    parts = [title]
    for value in values:
        if value is None:
            parts.append("-")
            continue
        text = str(value)
        parts.append(f"{len(text) if text.isascii() else len(text.encode())}:{text}")
    parts.append("")
    return "\n".join(parts).encode()


def row_hash(prior: str, row: Mapping[str, Any]) -> str:
    """The hash of a row that follows the one whose hash is ``prior``."""
    values = (prior, *(row[name] for name in ROW_FIELDS))
    return hashlib.sha256(packed("newel-audit-row-1", values)).hexdigest()


def start_hash(day: str, stripe: int, prior_day: str, prior: Iterable[Mapping[str, Any]]) -> str:
    """What a chain's first row follows: the ends of all chains of the day before, by stripe."""
    ends = [value for head in prior for value in (head["stripe"], head["seq"], head["hash"])]
    return hashlib.sha256(packed("newel-audit-day-1", (day, stripe, prior_day, *ends))).hexdigest()


def head_bytes(head: Mapping[str, Any]) -> bytes:
    """What the key signs of a head."""
    return packed("newel-audit-head-1", (head[name] for name in HEAD_FIELDS))
