"""The tables of content.

An entry is one JSON document keyed by field number: ``{"shared": {"1": ...}, "locales": {"de": {"2": ...}}}``. Next to
it stand index rows (what lists filter and sort by), reference rows (who points at whom) and, per published locale, a
pointer to an immutable version. All are written in the transaction of the document. Times are RFC 3339 text.

``content_index.sort_key`` is an order-preserving text made by the field type and compared bytewise on every engine; one
column serves text, numbers and times, so one covering index serves filters, sorts and cursors. ``unique_key`` is a hash
of scope and value, ``NULL`` where nothing must be unique. Every indexed field has a row, with a ``NULL`` key where the
entry has no value. Shared fields of a draft have the locale ``""``; a published row always has the locale it is
published in. On PostgreSQL a migration makes their index keep ``NULL`` first, as on the others it does by itself.
An entry in the trash keeps its document and versions, and of its other rows only those of what its draft points at
outside of content: what was unique in it is free again, and what it needs when it comes back is known.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)
from sqlalchemy import UniqueConstraint as Unique

metadata = MetaData()


schema = Table(  # one row a space: a stamp that every change of types and locales renews, so caches know when to reload
    "content_schema", metadata,
    Column("space", String(63), primary_key=True),
    Column("stamp", String(26), nullable=False),
)  # fmt: skip

types = Table(
    "content_types", metadata,
    Column("id", String(26), primary_key=True),
    Column("space", String(63), nullable=False),
    Column("name", String(63), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("definition", Text, nullable=False),
    Column("next_number", Integer, nullable=False),
    Column("created_at", String(24), nullable=False),
    Column("updated_at", String(24), nullable=False),
    Unique("space", "name", name="content_types_name"),
)  # fmt: skip

type_history = Table(
    "content_type_history", metadata,
    Column("type", String(26), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("definition", Text, nullable=False),
    Column("author", String(64), nullable=False),
    Column("created_at", String(24), nullable=False),
    PrimaryKeyConstraint("type", "revision"),
)  # fmt: skip

locales = Table(
    "content_locales", metadata,
    Column("space", String(63), nullable=False),
    Column("code", String(35), nullable=False),
    Column("label", String(200), nullable=False),
    Column("enabled", Integer, nullable=False),
    Column("is_default", Integer, nullable=False),
    Column("fallback", String(35)),
    Column("created_at", String(24), nullable=False),
    PrimaryKeyConstraint("space", "code"),
)  # fmt: skip

entries = Table(
    "content_entries", metadata,
    Column("id", String(26), primary_key=True),
    Column("space", String(63), nullable=False),
    Column("type", String(26), ForeignKey("content_types.id"), nullable=False),
    Column("parent", String(26), ForeignKey("content_entries.id")),
    Column("parent_key", String(90), nullable=False),  # who it is ordered among: see store/entries.py
    Column("position", String(191), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("author", String(64), nullable=False),
    Column("created_at", String(24), nullable=False),
    Column("updated_at", String(24), nullable=False),
    Column("deleted_at", String(24)),
    Unique("parent_key", "position", name="content_entries_position"),
)  # fmt: skip
Index("content_entries_updated", entries.c.type, entries.c.deleted_at, entries.c.updated_at, entries.c.id)
Index("content_entries_created", entries.c.type, entries.c.deleted_at, entries.c.created_at, entries.c.id)
Index("content_entries_type", entries.c.type, entries.c.deleted_at, entries.c.id)
Index("content_entries_parent", entries.c.parent, entries.c.position)

edits = Table(  # which addresses ("locale/number") each revision changed: what merging two writers needs
    "content_edits", metadata,
    Column("entry", String(26), ForeignKey("content_entries.id", ondelete="CASCADE"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("addresses", Text, nullable=False),
    PrimaryKeyConstraint("entry", "revision"),
)  # fmt: skip

versions = Table(  # immutable: one locale of an entry as it was ({"1": ..., "2": ...}, shared and localised together)
    "content_versions", metadata,
    Column("id", String(26), primary_key=True),
    Column("entry", String(26), ForeignKey("content_entries.id", ondelete="CASCADE"), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("number", Integer, nullable=False),
    Column("cause", String(16), nullable=False),
    Column("label", String(200)),
    Column("document", Text, nullable=False),
    Column("author", String(64), nullable=False),
    Column("created_at", String(24), nullable=False),
    Unique("entry", "locale", "number", name="content_versions_number"),
)  # fmt: skip

published = Table(  # what readers see: at most one version per entry and locale
    "content_published", metadata,
    Column("entry", String(26), ForeignKey("content_entries.id"), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("type", String(26), nullable=False),
    Column("version", String(26), ForeignKey("content_versions.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("digest", String(64), nullable=False),  # of the version's document, to tell "changed" from "published"
    Column("position", String(191), nullable=False),
    Column("published_at", String(24), nullable=False),
    Column("first_published_at", String(24), nullable=False),
    PrimaryKeyConstraint("entry", "locale"),
)  # fmt: skip
Index("content_published_at", published.c.type, published.c.locale, published.c.published_at, published.c.entry)
Index(
    "content_published_first", published.c.type, published.c.locale, published.c.first_published_at, published.c.entry
)
Index("content_published_position", published.c.type, published.c.locale, published.c.position, published.c.entry)
Index("content_published_entry", published.c.type, published.c.locale, published.c.entry)

index = Table(
    "content_index", metadata,
    Column("entry", String(26), ForeignKey("content_entries.id", ondelete="CASCADE"), nullable=False),
    Column("type", String(26), nullable=False),
    Column("field", Integer, nullable=False),
    Column("stage", String(9), nullable=False),  # draft | published
    Column("locale", String(35), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("sort_key", String(191)),
    Column("text_value", String(255)),  # the value as written, for textual operators that heed case
    Column("unique_key", String(64)),
    PrimaryKeyConstraint("entry", "field", "stage", "locale", "ordinal"),
    Unique("unique_key", name="content_index_unique"),
)  # fmt: skip
Index("content_index_key", index.c.type, index.c.field, index.c.stage, index.c.locale, index.c.sort_key, index.c.entry)

references = Table(
    "content_references", metadata,
    Column("source", String(26), ForeignKey("content_entries.id", ondelete="CASCADE"), nullable=False),
    Column("field", Integer, nullable=False),  # 0: the target is a block type that the document uses
    Column("place", String(64), nullable=False),  # "" for a field of the entry, else the block's id
    Column("stage", String(9), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("target", String(26), nullable=False),
    Column("on_delete", String(8), nullable=False),
    Column("outside", String(97)),  # "kind:id" of what is no content; the target is then the block's type, or ""
    PrimaryKeyConstraint("source", "stage", "locale", "place", "field", "ordinal"),
)  # fmt: skip
Index("content_references_target", references.c.target, references.c.stage)
Index("content_references_outside", references.c.outside)

routes = Table(
    "content_routes", metadata,
    Column("space", String(63), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("path", String(600), nullable=False),  # without slashes at the ends; "" is the home page
    Column("path_key", String(64), nullable=False),  # SHA-256, as 600 characters are too long for an index
    Column("entry", String(26)),  # who answers there; of a redirect, whom it follows when that moves again
    Column("target", String(700)),  # of a redirect, else NULL
    Column("status", Integer, nullable=False),
    Column("preserve_query", Integer, nullable=False),
    Column("updated_at", String(24), nullable=False),
    PrimaryKeyConstraint("space", "locale", "path_key"),
)  # fmt: skip
Index("content_routes_entry", routes.c.entry, routes.c.locale)

changes = Table(  # the latest change of each locale of an entry that has ever been published; it outlives the entry
    "content_changes", metadata,
    Column("entry", String(26), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("space", String(63), nullable=False),
    Column("type", String(26), nullable=False),
    Column("type_name", String(63), nullable=False),  # as strangers know it, for when the type is gone or not public
    Column("tick", BigInteger, nullable=False),
    Column("state", String(11), nullable=False),  # published | unpublished
    Column("version", Integer, nullable=False),
    Column("path", String(600)),
    Column("at", String(24), nullable=False),
    # The same as strangers know it: NULL where they never knew of it, and left as it is while the type is not public.
    Column("public_tick", BigInteger),
    Column("public_state", String(11)),
    Column("public_version", Integer),
    Column("public_path", String(600)),
    Column("public_at", String(24)),
    PrimaryKeyConstraint("entry", "locale"),
)  # fmt: skip
Index("content_changes_tick", changes.c.space, changes.c.tick, changes.c.entry, changes.c.locale)
Index("content_changes_public", changes.c.space, changes.c.public_tick, changes.c.entry, changes.c.locale)
Index("content_changes_type", changes.c.type)

clock = Table(  # one row a space; whoever moves it holds it until the commit, so ticks become visible in their order
    "content_clock", metadata,
    Column("space", String(63), primary_key=True),
    Column("tick", BigInteger, nullable=False),
    Column("forgotten", BigInteger, nullable=False),  # the highest tick of a change that is no longer kept
    Column("public_forgotten", BigInteger, nullable=False),
)  # fmt: skip
