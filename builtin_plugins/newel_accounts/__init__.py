"""People, roles, tokens: who may do what."""

from __future__ import annotations

from newel.contracts.accounts import Accounts
from newel.contracts.database import Database
from newel.contracts.migrations import Migrations
from newel.manifest import Manifest
from newel_accounts.config import AccountsConfig

manifest = Manifest(
    name="accounts",
    summary="Users with argon2 passwords, the roles admin, editor and viewer, API tokens.",
    load="newel_accounts.plugin:AccountsPlugin",
    config=AccountsConfig,
    needs=(Database, Migrations),
    provides=(Accounts,),
    commands={"auth": "Signing in.", "users": "People.", "tokens": "API tokens."},
)
