"""The sides that lists are read from: what is published, the drafts, the trash.

Each side's statements are written with its name as a literal, so a statement for readers cannot reach a draft, whatever
its parameters are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import frozen

Table = Literal["published", "entries"]


@frozen
class Side:
    """``columns``: what every entry can be found and sorted by, with the table and the column's name there."""

    name: Literal["published", "draft", "trash"]
    columns: Mapping[str, tuple[Table, str]]
    sortable: frozenset[str]
    default: tuple[str, ...]
    """The order where none is asked for."""
    indexed: bool = True
    """Whether fields have index rows here."""


_ENTRY: Mapping[str, tuple[Table, str]] = {"created_at": ("entries", "created_at"), "parent": ("entries", "parent")}
_TIMES: Mapping[str, tuple[Table, str]] = {
    "published_at": ("published", "published_at"), "first_published_at": ("published", "first_published_at"),
}  # fmt: skip
_OWN: Mapping[str, tuple[Table, str]] = {
    "id": ("entries", "id"), "updated_at": ("entries", "updated_at"), "position": ("entries", "position"),
}  # fmt: skip

PUBLISHED = Side(
    "published",
    {
        "id": ("published", "entry"), "updated_at": ("published", "published_at"),
        "position": ("published", "position"), **_ENTRY, **_TIMES,
    },
    frozenset(("id", "created_at", "updated_at", "published_at", "first_published_at", "position")),
    ("-first_published_at",),
)  # fmt: skip
DRAFT = Side(
    "draft",
    {**_OWN, **_ENTRY, **_TIMES},
    frozenset(("id", "created_at", "updated_at", "position")),
    ("-updated_at",),
)
TRASH = Side(
    "trash",
    {**_OWN, **_ENTRY, "deleted_at": ("entries", "deleted_at")},
    frozenset(("id", "created_at", "updated_at", "deleted_at")),
    ("-deleted_at",),
    indexed=False,
)
NULLABLE = frozenset(("parent", "deleted_at"))
"""Columns that may be empty."""
