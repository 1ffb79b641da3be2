"""What changed for readers: a row for each locale of an entry, and the clock that orders them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, Integer, PrimaryKeyConstraint, String

if TYPE_CHECKING:
    from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Makes the tables; what is published already has changed at the first tick."""
    op.create_table(
        "content_changes",
        Column("entry", String(26), nullable=False),
        Column("locale", String(35), nullable=False),
        Column("space", String(63), nullable=False),
        Column("type", String(26), nullable=False),
        Column("type_name", String(63), nullable=False),
        Column("tick", BigInteger, nullable=False),
        Column("state", String(11), nullable=False),
        Column("version", Integer, nullable=False),
        Column("path", String(600)),
        Column("at", String(24), nullable=False),
        Column("public_tick", BigInteger),
        Column("public_state", String(11)),
        Column("public_version", Integer),
        Column("public_path", String(600)),
        Column("public_at", String(24)),
        PrimaryKeyConstraint("entry", "locale"),
    )
    op.create_index("content_changes_tick", "content_changes", ["space", "tick", "entry", "locale"])
    op.create_index("content_changes_public", "content_changes", ["space", "public_tick", "entry", "locale"])
    op.create_index("content_changes_type", "content_changes", ["type"])
    op.create_table(
        "content_clock",
        Column("space", String(63), primary_key=True),
        Column("tick", BigInteger, nullable=False),
        Column("forgotten", BigInteger, nullable=False),
        Column("public_forgotten", BigInteger, nullable=False),
    )
    op.execute(
        "INSERT INTO content_clock (space, tick, forgotten, public_forgotten) SELECT space, 1, 0, 0 FROM content_schema"
    )
    # A definition is JSON with sorted keys, so it ends with what is meant; a default inside may say "public" as well.
    # (The underscore stands for the colon, which would begin a parameter.)
    public = "t.definition LIKE '%\"public\"_true}'"
    shown = ", ".join(
        f"CASE WHEN {public} THEN {value} END" for value in ("1", "'published'", "p.number", "r.path", "p.published_at")
    )
    op.execute(
        f"""INSERT INTO content_changes (entry, locale, space, type, type_name, tick, state, version, path, at,
            public_tick, public_state, public_version, public_path, public_at)
        SELECT p.entry, p.locale, t.space, p.type, t.name, 1, 'published', p.number, r.path, p.published_at, {shown}
        FROM content_published p JOIN content_types t ON t.id = p.type
        LEFT JOIN content_routes r ON r.entry = p.entry AND r.locale = p.locale AND r.target IS NULL"""  # noqa: S608 - made of constants
    )
