"""The first tables; what they are for stands in ``tables.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, ForeignKey, Integer, PrimaryKeyConstraint, String, Text
from sqlalchemy import UniqueConstraint as Unique

if TYPE_CHECKING:
    from alembic.operations import Operations


def ordered(length: int) -> String:
    """A name from before all text compared by its bytes. The text of a step that has landed stays as it is."""
    return String(length)


def long_text() -> Text:
    """As ``ordered``: any text may be long."""
    return Text()


def upgrade(op: Operations) -> None:
    """Makes the tables of types, locales, entries, versions, index, references and routes."""
    op.create_table(
        "content_schema",
        Column("space", String(63), primary_key=True),
        Column("stamp", String(26), nullable=False),
    )  # fmt: skip
    op.create_table(
        "content_types",
        Column("id", String(26), primary_key=True),
        Column("space", String(63), nullable=False),
        Column("name", String(63), nullable=False),
        Column("kind", String(16), nullable=False),
        Column("revision", Integer, nullable=False),
        Column("definition", long_text(), nullable=False),
        Column("next_number", Integer, nullable=False),
        Column("created_at", String(24), nullable=False),
        Column("updated_at", String(24), nullable=False),
        Unique("space", "name", name="content_types_name"),
    )  # fmt: skip
    op.create_table(
        "content_type_history",
        Column("type", String(26), nullable=False),
        Column("revision", Integer, nullable=False),
        Column("definition", long_text(), nullable=False),
        Column("author", String(64), nullable=False),
        Column("created_at", String(24), nullable=False),
        PrimaryKeyConstraint("type", "revision"),
    )  # fmt: skip
    op.create_table(
        "content_locales",
        Column("space", String(63), nullable=False),
        Column("code", ordered(35), nullable=False),
        Column("label", String(200), nullable=False),
        Column("enabled", Integer, nullable=False),
        Column("is_default", Integer, nullable=False),
        Column("fallback", String(35)),
        Column("created_at", String(24), nullable=False),
        PrimaryKeyConstraint("space", "code"),
    )  # fmt: skip
    op.create_table(
        "content_entries",
        Column("id", String(26), primary_key=True),
        Column("space", String(63), nullable=False),
        Column("type", String(26), ForeignKey("content_types.id"), nullable=False),
        Column("parent", String(26), ForeignKey("content_entries.id")),
        Column("parent_key", String(90), nullable=False),
        Column("position", ordered(191), nullable=False),
        Column("revision", Integer, nullable=False),
        Column("document", long_text(), nullable=False),
        Column("author", String(64), nullable=False),
        Column("created_at", String(24), nullable=False),
        Column("updated_at", String(24), nullable=False),
        Column("deleted_at", String(24)),
        Unique("parent_key", "position", name="content_entries_position"),
    )  # fmt: skip
    op.create_index("content_entries_updated", "content_entries", ["type", "deleted_at", "updated_at", "id"])
    op.create_index("content_entries_created", "content_entries", ["type", "deleted_at", "created_at", "id"])
    op.create_index("content_entries_parent", "content_entries", ["parent", "position"])
    op.create_table(
        "content_edits",
        Column("entry", String(26), ForeignKey("content_entries.id", ondelete="CASCADE"), nullable=False),
        Column("revision", Integer, nullable=False),
        Column("addresses", Text, nullable=False),
        PrimaryKeyConstraint("entry", "revision"),
    )  # fmt: skip
    op.create_table(
        "content_versions",
        Column("id", String(26), primary_key=True),
        Column("entry", String(26), ForeignKey("content_entries.id", ondelete="CASCADE"), nullable=False),
        Column("locale", ordered(35), nullable=False),
        Column("number", Integer, nullable=False),
        Column("cause", String(16), nullable=False),
        Column("label", String(200)),
        Column("document", long_text(), nullable=False),
        Column("author", String(64), nullable=False),
        Column("created_at", String(24), nullable=False),
        Unique("entry", "locale", "number", name="content_versions_number"),
    )  # fmt: skip
    op.create_table(
        "content_published",
        Column("entry", String(26), ForeignKey("content_entries.id"), nullable=False),
        Column("locale", ordered(35), nullable=False),
        Column("type", String(26), nullable=False),
        Column("version", String(26), ForeignKey("content_versions.id"), nullable=False),
        Column("number", Integer, nullable=False),
        Column("digest", String(64), nullable=False),
        Column("position", ordered(191), nullable=False),
        Column("published_at", String(24), nullable=False),
        Column("first_published_at", String(24), nullable=False),
        PrimaryKeyConstraint("entry", "locale"),
    )  # fmt: skip
    op.create_index("content_published_at", "content_published", ["type", "locale", "published_at", "entry"])
    op.create_index("content_published_first", "content_published", ["type", "locale", "first_published_at", "entry"])
    op.create_index("content_published_entry", "content_published", ["type", "locale", "entry"])
    op.create_table(
        "content_index",
        Column("entry", String(26), ForeignKey("content_entries.id", ondelete="CASCADE"), nullable=False),
        Column("type", String(26), nullable=False),
        Column("field", Integer, nullable=False),
        Column("stage", String(9), nullable=False),
        Column("locale", ordered(35), nullable=False),
        Column("ordinal", Integer, nullable=False),
        Column("sort_key", ordered(191)),
        Column("text_value", ordered(255)),
        Column("unique_key", String(64)),
        PrimaryKeyConstraint("entry", "field", "stage", "locale", "ordinal"),
        Unique("unique_key", name="content_index_unique"),
    )  # fmt: skip
    op.create_index("content_index_key", "content_index", ["type", "field", "stage", "locale", "sort_key", "entry"])
    op.create_table(
        "content_references",
        Column("source", String(26), ForeignKey("content_entries.id", ondelete="CASCADE"), nullable=False),
        Column("field", Integer, nullable=False),
        Column("place", ordered(64), nullable=False),
        Column("stage", String(9), nullable=False),
        Column("locale", ordered(35), nullable=False),
        Column("ordinal", Integer, nullable=False),
        Column("target", String(26), nullable=False),
        Column("on_delete", String(8), nullable=False),
        PrimaryKeyConstraint("source", "stage", "locale", "place", "field", "ordinal"),
    )  # fmt: skip
    op.create_index("content_references_target", "content_references", ["target", "stage"])
    op.create_table(
        "content_routes",
        Column("space", String(63), nullable=False),
        Column("locale", ordered(35), nullable=False),
        Column("path", ordered(600), nullable=False),
        Column("path_key", String(64), nullable=False),
        Column("entry", String(26)),
        Column("target", String(700)),
        Column("status", Integer, nullable=False),
        Column("preserve_query", Integer, nullable=False),
        Column("updated_at", String(24), nullable=False),
        PrimaryKeyConstraint("space", "locale", "path_key"),
    )  # fmt: skip
    op.create_index("content_routes_entry", "content_routes", ["entry", "locale"])
