"""The rights that accounts know of themselves. None belongs to editors or viewers from the start."""

from __future__ import annotations

from newel import Permission

USERS_READ = Permission("users.read", "See who has an account")
USERS_MANAGE = Permission(
    "users.manage", "Create, change, disable and delete accounts that may do no more than oneself"
)
ROLES_READ = Permission("roles.read", "See which role may do what")
ROLES_MANAGE = Permission("roles.manage", "Create, change and delete roles that may do no more than oneself")
TOKENS_MANAGE = Permission("tokens.manage", "See, make and revoke other people's tokens and SSH keys")
