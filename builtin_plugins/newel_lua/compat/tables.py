"""The tables that plugins know: their columns, who may do what with them, and the permissions that this takes."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

READ, WRITE = "read", "write"
BLOCKED = frozenset({"hash"})
"""Columns that are not told to anybody."""
KEPT = frozenset({"date_modified", "published_at", "published_by", "revision"})
"""Columns that plugins of the Go system have to keep up, and that we keep up: what they say there is passed over."""
FILLED = KEPT | {
    "author_id", "date_created", "publish_at", "root_id", "route_id", "first_child_id", "next_sibling_id",
    "prev_sibling_id", "content_field_id",
}  # fmt: skip
"""The same of a new row, of which they have to name every column."""


@frozen(kw_only=True)
class Table:
    """One table. ``reads`` and ``writes`` are the permissions of an actor who does that."""

    name: str
    key: str
    columns: tuple[str, ...]
    reads: frozenset[str]
    writes: frozenset[str] = frozenset()
    settable: tuple[str, ...] = ()
    """Columns that ``insert`` and ``update`` take."""

    @property
    def rights(self) -> tuple[str, ...]:
        return (READ, WRITE) if self.settable else (READ,)


def _table(name: str, columns: str, reads: str, writes: str = "", settable: str = "") -> Table:
    names = tuple(columns.split())
    return Table(
        name=name, key=names[0], columns=names, reads=frozenset(reads.split()), writes=frozenset(writes.split()),
        settable=tuple(settable.split()),
    )  # fmt: skip


_DATES = "date_created date_modified"
TABLES: Mapping[str, Table] = {
    one.name: one
    for one in (
        _table(
            "content_data",
            "content_data_id parent_id first_child_id next_sibling_id prev_sibling_id root_id route_id datatype_id "
            f"author_id status {_DATES} published_at published_by publish_at revision id type locale path data",
            "content.read content.read_draft content.types.read",
            "content.create content.update content.publish content.delete",
            "parent_id datatype_id status type locale data",
        ),
        _table(
            "content_fields",
            "content_field_id route_id root_id content_data_id field_id field_value locale author_id "
            f"{_DATES} type name value",
            "content.read content.read_draft content.types.read",
            "content.update",
            "content_data_id field_id field_value locale name value",
        ),
        _table(
            "media",
            "media_id name display_name alt caption description class mimetype dimensions url srcset focal_x focal_y "
            f"author_id folder_id {_DATES} download_url id mime bytes hash private title credit copyright tags",
            "media.read",
            "media.write media.delete",
            "name display_name alt caption focal_x focal_y folder_id tags private title credit copyright",
        ),
        _table(
            "datatypes",
            f"datatype_id parent_id sort_order name label type author_id {_DATES} id kind public revision",
            "content.types.read",
        ),
        _table(
            "fields",
            "field_id parent_id sort_order name label data validation_id ui_config type translatable roles author_id "
            f"{_DATES} required unique indexed",
            "content.types.read",
        ),
        _table("tables", "id label author_id", ""),
        _table(
            "routes", f"route_id slug title status author_id {_DATES} content_data_id type locale redirect", ""
        ),
        _table("users", f"user_id username name email role {_DATES} disabled", "users.read"),
        _table("roles", "role_id label system_protected summary", "roles.read"),
        _table("permissions", "permission_id label system_protected summary", ""),
        _table("role_permissions", "id role_id permission_id", "roles.read"),
        _table(
            "change_events",
            "event_id hlc_timestamp wall_timestamp node_id table_name record_id operation action user_id old_values "
            "new_values metadata request_id ip synced_at consumed_at",
            "audit.read",
        ),
    )
}  # fmt: skip
ENTITIES: Mapping[str, str] = {
    "entry": "content_data", "publication": "content_data", "media": "media", "type": "datatypes", "user": "users",
    "role": "roles",
}  # fmt: skip
"""What the audit trail calls a thing, and the table that it lies in there."""
