"""The first tables and the built-in roles; what they are for stands in ``tables.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.operations import Operations
    from sqlalchemy import String


def exact(length: int) -> String:
    """A name from before all text compared by its bytes. The text of a step that has landed stays as it is."""
    from sqlalchemy import String

    return String(length)


def upgrade(op: Operations) -> None:
    """Makes the tables of roles, users and tokens, and the roles ``admin``, ``editor`` and ``viewer``."""
    from sqlalchemy import Column, ForeignKey, Integer, String, Text
    from sqlalchemy import UniqueConstraint as Unique

    roles = op.create_table(
        "accounts_roles",
        Column("name", exact(63), primary_key=True),
        Column("summary", String(191), nullable=False),
        Column("builtin", Integer, nullable=False),
        Column("added", Text, nullable=False),
        Column("removed", Text, nullable=False),
        Column("revision", Integer, nullable=False),
    )
    op.create_table(
        "accounts_users",
        Column("id", exact(26), primary_key=True),
        Column("email", exact(191), nullable=False),
        Column("name", String(191), nullable=False),
        Column("role", exact(63), ForeignKey("accounts_roles.name"), nullable=False),
        Column("password", String(255), nullable=False),
        Column("must_change", Integer, nullable=False),
        Column("disabled", Integer, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("created_at", String(24), nullable=False),
        Column("updated_at", String(24), nullable=False),
        Unique("email", name="accounts_users_email"),
    )
    op.create_index("accounts_users_role", "accounts_users", ["role"])
    op.create_table(
        "accounts_tokens",
        Column("id", exact(26), primary_key=True),
        Column("owner", exact(26), ForeignKey("accounts_users.id", ondelete="CASCADE"), nullable=False),
        Column("kind", String(8), nullable=False),
        Column("label", String(191), nullable=False),
        Column("hash", exact(64), nullable=False),
        Column("scopes", Text),
        Column("expires_at", exact(24)),
        Column("created_at", String(24), nullable=False),
        Column("last_used_at", String(24)),
        Unique("hash", name="accounts_tokens_hash"),
    )
    op.create_index("accounts_tokens_owner", "accounts_tokens", ["owner", "id"])
    op.create_index("accounts_tokens_expires", "accounts_tokens", ["expires_at"])
    seeds = (
        ("admin", "May do everything"),
        ("editor", "Writes and publishes content"),
        ("viewer", "Reads content"),
    )
    op.bulk_insert(
        roles,
        [
            {"name": name, "summary": summary, "builtin": 1, "added": "[]", "removed": "[]", "revision": 1}
            for name, summary in seeds
        ],
    )
