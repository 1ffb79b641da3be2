"""People, their roles, and what they show to get in."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.accounts import Accounts
from newel.contracts.database import Database
from newel.contracts.migrations import Migrations
from newel_accounts.config import AccountsConfig

manifest = Manifest(
    name="accounts",
    summary="Users with argon2id passwords, roles made of permissions, sessions, API tokens and SSH keys.",
    load="newel_accounts.plugin:AccountsPlugin",
    config=AccountsConfig,
    needs=(Database, Migrations),
    provides=(Accounts,),
    commands={
        "auth": "Signing in and out, and one's own password.",
        "users": "People.",
        "roles": "What people may do.",
        "permissions": "Every right that can be granted.",
        "tokens": "Sessions and API tokens.",
        "ssh": "SSH keys, and signing in with them.",
    },
)
