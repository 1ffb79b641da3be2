"""Everything else as rows of the tables that it lies in there. All take plain data, as operations answer it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from newel_lua.compat.entries import field_id
from newel_lua.compat.tables import ENTITIES, TABLES
from newel_lua.compat.values import KINDS

if TYPE_CHECKING:
    from newel.contracts.media import AssetEvent

Plain = Mapping[str, Any]
TYPES = {"page": "_root", "single": "_global"}
ACTIONS = {
    "create": "create", "store": "create", "publish": "publish", "unpublish": "unpublish", "delete": "delete",
    "remove": "delete", "purge": "delete",
}  # fmt: skip


def media(asset: Plain, locale: str = "") -> dict[str, Any]:
    """An asset. ``alt`` is that of the locale, else the first there is."""
    alt = asset.get("alt") or {}
    focal = asset.get("focal") or {}
    wide, high = asset.get("width"), asset.get("height")
    sources = [part.split(" ")[0] for one in asset.get("sources") or () for part in one["srcset"].split(", ") if part]
    return {
        "media_id": asset.get("id"),
        "name": asset["name"],
        "display_name": asset.get("title") or asset["name"],
        "alt": alt.get(locale) or next(iter(alt.values()), ""),
        "caption": asset.get("caption") or "",
        "description": "",
        "class": "",
        "mimetype": asset["mime"],
        "dimensions": f"{wide}x{high}" if wide and high else "",
        "url": asset.get("url"),
        "srcset": json.dumps(sources),
        "focal_x": focal.get("x"),
        "focal_y": focal.get("y"),
        "author_id": asset.get("author"),
        "folder_id": asset.get("folder") or None,
        "date_created": asset.get("created_at"),
        "date_modified": asset.get("updated_at"),
        "download_url": asset.get("url"),
        "id": asset.get("id"),
        "mime": asset["mime"],
        "bytes": asset.get("bytes"),
        "hash": asset.get("hash") or asset.get("sha256"),
        "private": asset.get("private", False),
        "title": asset.get("title") or "",
        "credit": asset.get("credit") or "",
        "copyright": asset.get("copyright") or "",
        "tags": list(asset.get("tags") or ()),
    }


def media_of(event: AssetEvent) -> dict[str, Any]:
    """The row of an asset of which no more is known than what its event says."""
    names = ("id", "name", "mime", "bytes", "sha256", "folder", "private")
    return media({name: getattr(event, name) for name in names})


def datatype(type: Plain, at: int) -> dict[str, Any]:
    return {
        "datatype_id": type["name"],
        "parent_id": None,
        "sort_order": at,
        "name": type["name"],
        "label": type["label"] or type["name"],
        "type": TYPES.get(type["kind"], type["kind"]),
        "author_id": None,
        "date_created": type["created_at"],
        "date_modified": type["updated_at"],
        "id": type["id"],
        "kind": type["kind"],
        "public": type["public"],
        "revision": type["revision"],
    }


def fields(type: Plain) -> Iterator[dict[str, Any]]:
    """The fields of a type. ``data`` and ``ui_config`` are JSON in text, as there."""
    for at, one in enumerate(type["fields"]):
        yield {
            "field_id": field_id(type["name"], one["name"]),
            "parent_id": type["name"],
            "sort_order": at,
            "name": one["name"],
            "label": one["label"] or one["name"],
            "data": json.dumps(one["options"], ensure_ascii=False),
            "validation_id": None,
            "ui_config": json.dumps({"help_text": one["help"]} if one["help"] else {}, ensure_ascii=False),
            "type": KINDS.get(one["type"], one["type"]),
            "translatable": int(one["localized"]),
            "roles": None,
            "author_id": None,
            "date_created": type["created_at"],
            "date_modified": type["updated_at"],
            "required": one["required"],
            "unique": one["unique"],
            "indexed": one["indexed"],
        }


def tables() -> Iterator[dict[str, Any]]:
    for name in TABLES:
        yield {"id": name, "label": name, "author_id": None}


def route(row: Plain) -> dict[str, Any]:
    return {
        "route_id": row["entry"] or row["path"],
        "slug": row["path"],
        "title": row["path"],
        "status": 1,
        "author_id": None,
        "date_created": row["updated_at"],
        "date_modified": row["updated_at"],
        "content_data_id": row["entry"],
        "type": row["type"],
        "locale": row["locale"],
        "redirect": row["redirect"],
    }


def user(one: Plain) -> dict[str, Any]:
    return {
        "user_id": one["id"],
        "username": one["email"],
        "name": one["name"],
        "email": one["email"],
        "role": one["role"],
        "date_created": one["created_at"],
        "date_modified": one["updated_at"],
        "disabled": one["disabled"],
    }


def role(one: Plain) -> dict[str, Any]:
    return {
        "role_id": one["name"], "label": one["name"], "system_protected": int(one["builtin"]),
        "summary": one["summary"],
    }  # fmt: skip


def permission(one: Plain) -> dict[str, Any]:
    return {"permission_id": one["name"], "label": one["name"], "system_protected": 1, "summary": one["summary"]}


def role_permissions(one: Plain) -> Iterator[dict[str, Any]]:
    for name in one["permissions"]:
        yield {"id": f"{one['name']}:{name}", "role_id": one["name"], "permission_id": name}


def change_event(row: Plain) -> dict[str, Any]:
    """A row of the audit trail that changed something."""
    before, after = row["before"], row["after"]
    verb = row["operation"].rpartition(".")[2]
    return {
        "event_id": row["id"],
        "hlc_timestamp": row["hlc"],
        "wall_timestamp": row["at"],
        "node_id": row["node"],
        "table_name": ENTITIES.get(row["entity"], row["entity"]),
        "record_id": row["entity_id"],
        "operation": "INSERT" if before is None else "DELETE" if after is None else "UPDATE",
        "action": ACTIONS.get(verb, "update"),
        "user_id": row["actor"],
        "old_values": None if before is None else json.dumps(before, ensure_ascii=False),
        "new_values": None if after is None else json.dumps(after, ensure_ascii=False),
        "metadata": None,
        "request_id": row["request_id"],
        "ip": row["ip"],
        "synced_at": None,
        "consumed_at": None,
    }
