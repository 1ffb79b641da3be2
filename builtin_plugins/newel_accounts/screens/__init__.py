"""The screens of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from newel.contracts.tui import Screen
from newel_accounts.permissions import ROLES_READ, USERS_READ
from newel_accounts.screens.credentials import keys, sessions, tokens
from newel_accounts.screens.own import account
from newel_accounts.screens.roles import roles
from newel_accounts.screens.users import users

if TYPE_CHECKING:
    from newel.app import App


def screens(app: App) -> Sequence[Screen]:
    """What people see of accounts."""
    return (
        Screen(name="users", section="people", label="Users", open=users, needs=USERS_READ),
        Screen(name="roles", section="people", label="Roles", open=roles, needs=ROLES_READ),
        Screen(name="account", section="people", label="My account", open=account(app)),
        Screen(name="keys", section="people", label="SSH keys", open=keys),
        Screen(name="tokens", section="people", label="API tokens", open=tokens),
        Screen(name="sessions", section="people", label="Sessions", open=sessions),
    )
