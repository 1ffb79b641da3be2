"""The rights that accounts know of themselves."""

from __future__ import annotations

from newel import Permission

USERS_READ = Permission("users.read", "See who has an account")
USERS_MANAGE = Permission("users.manage", "Create, change, disable and delete accounts")
TOKENS_MANAGE = Permission("tokens.manage", "See and revoke other people's tokens")
ROLES = ("admin", "editor", "viewer")
