"""Entries and their fields as rows of ``content_data`` and ``content_fields``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from newel_lua.compat.values import text_of

Plain = Mapping[str, Any]


def content_data(entry: Plain) -> dict[str, Any]:
    """A row, from an entry as plain data. Places among siblings are not linked here: ``position`` orders them."""
    state = entry.get("state") or {}
    seen = any(one != "draft" for one in state.values()) if state else entry.get("published_at") is not None
    path = entry.get("path")
    return {
        "content_data_id": entry["id"],
        "parent_id": entry.get("parent"),
        "first_child_id": None,
        "next_sibling_id": None,
        "prev_sibling_id": None,
        "root_id": None,
        "route_id": None if path is None else entry["id"],
        "datatype_id": entry["type"],
        "author_id": entry.get("author"),
        "status": "published" if seen else "draft",
        "date_created": entry.get("created_at") or None,
        "date_modified": entry.get("updated_at") or None,
        "published_at": entry.get("published_at"),
        "published_by": None,
        "publish_at": None,
        "revision": entry.get("revision"),
        "id": entry["id"],
        "type": entry["type"],
        "locale": entry.get("locale"),
        "path": path,
        "data": entry.get("data"),
    }


def with_fields(row: dict[str, Any]) -> dict[str, Any]:
    """A row with the entry's fields beside it, as hooks get it. Columns go before fields of the same name."""
    return {**(row["data"] or {}), **row}


def content_fields(entry: Plain, localized: frozenset[str]) -> Iterator[dict[str, Any]]:
    """The rows of an entry with all its locales (``locale="*"``). Fields without a value have none."""
    for name, value in entry["data"].items():
        if name not in localized:
            if value is not None:
                yield content_field(entry, name, "", value)
            continue
        for locale, one in (value or {}).items():
            if one is not None:
                yield content_field(entry, name, locale, one)


def content_field(entry: Plain, name: str, locale: str, value: Any) -> dict[str, Any]:
    """One row; ``locale`` is empty where the field has one value for all."""
    return {
        "content_field_id": f"{entry['id']}.{name}.{locale}",
        "route_id": None if entry.get("path") is None else entry["id"],
        "root_id": None,
        "content_data_id": entry["id"],
        "field_id": field_id(entry["type"], name),
        "field_value": text_of(value),
        "locale": locale,
        "author_id": entry.get("author"),
        "date_created": entry.get("created_at") or None,
        "date_modified": entry.get("updated_at") or None,
        "type": entry["type"],
        "name": name,
        "value": value,
    }


def field_id(type: str, name: str) -> str:
    return f"{type}.{name}"


def split_field_id(id: str) -> tuple[str, str]:
    """Type and name."""
    type, _, name = id.partition(".")
    return type, name


def split_content_field_id(id: str) -> tuple[str, str, str]:
    """Entry, name of the field, and locale."""
    entry, _, rest = id.partition(".")
    name, _, locale = rest.partition(".")
    return entry, name, locale
