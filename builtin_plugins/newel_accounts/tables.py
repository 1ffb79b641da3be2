"""The tables of accounts.

A user has one role. A role's row holds only how it differs: ``added`` and ``removed`` are JSON lists of permission
names, over what the permissions themselves name for the built-in roles, so that a plugin's new permission reaches
editors at once. ``admin`` may do everything and has neither.

Sessions and API tokens are one table: both are random secrets of which only the SHA-256 is kept. ``scopes`` is a JSON
list of permission names, ``NULL`` for all that the owner may do. Times are RFC 3339 text.

SSH public keys are no secrets and have their own table. ``public_key`` is type and base64; ``operation`` the only one
that the key may run, ``sources`` a JSON list of the networks it may come from, ``NULL`` for any.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table, Text
from sqlalchemy import UniqueConstraint as Unique

metadata = MetaData()


roles = Table(
    "accounts_roles", metadata,
    Column("name", String(63), primary_key=True),
    Column("summary", String(191), nullable=False),
    Column("builtin", Integer, nullable=False),
    Column("added", Text, nullable=False),
    Column("removed", Text, nullable=False),
    Column("revision", Integer, nullable=False),
)  # fmt: skip

users = Table(
    "accounts_users", metadata,
    Column("id", String(26), primary_key=True),
    Column("email", String(191), nullable=False),  # normalised
    Column("name", String(191), nullable=False),
    Column("role", String(63), ForeignKey("accounts_roles.name"), nullable=False),
    Column("password", String(255), nullable=False),  # argon2id, with its parameters and salt
    Column("must_change", Integer, nullable=False),
    Column("disabled", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at", String(24), nullable=False),
    Column("updated_at", String(24), nullable=False),
    Unique("email", name="accounts_users_email"),
    Index("accounts_users_role", "role"),
)  # fmt: skip

tokens = Table(
    "accounts_tokens", metadata,
    Column("id", String(26), primary_key=True),
    Column("owner", String(26), ForeignKey("accounts_users.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(8), nullable=False),  # token | session
    Column("label", String(191), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("scopes", Text),
    Column("expires_at", String(24)),
    Column("created_at", String(24), nullable=False),
    Column("last_used_at", String(24)),
    Unique("hash", name="accounts_tokens_hash"),
    Index("accounts_tokens_owner", "owner", "id"),
    Index("accounts_tokens_expires", "expires_at"),
)  # fmt: skip

keys = Table(
    "accounts_keys", metadata,
    Column("id", String(26), primary_key=True),
    Column("owner", String(26), ForeignKey("accounts_users.id", ondelete="CASCADE"), nullable=False),
    Column("label", String(191), nullable=False),
    Column("public_key", Text, nullable=False),
    Column("fingerprint", String(50), nullable=False),  # SHA256:...
    Column("operation", String(128)),
    Column("sources", Text),
    Column("expires_at", String(24)),
    Column("created_at", String(24), nullable=False),
    Column("last_used_at", String(24)),
    Unique("fingerprint", name="accounts_keys_fingerprint"),
    Index("accounts_keys_owner", "owner", "id"),
)  # fmt: skip
