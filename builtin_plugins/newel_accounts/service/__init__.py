"""The operations of accounts, by noun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel_accounts.config import AccountsConfig
from newel_accounts.identity import Identity
from newel_accounts.passwords import Passwords
from newel_accounts.rights import Registry
from newel_accounts.service.asking import Asking
from newel_accounts.service.keys import Keys
from newel_accounts.service.roles import Permissions, Roles
from newel_accounts.service.signing import Signing
from newel_accounts.service.tokens import Tokens
from newel_accounts.service.users import Users
from newel_accounts.store import Store

if TYPE_CHECKING:
    from newel.app import App


def services(
    app: App, config: AccountsConfig, store: Store, identity: Identity, passwords: Passwords, registry: Registry
) -> tuple[object, ...]:
    """Everything that has operations."""
    asking = Asking(store, registry)
    return (
        Signing(app, config, store, identity, passwords),
        Users(app, store, passwords, registry),
        Roles(store, registry),
        Permissions(registry),
        Tokens(app, store, registry, asking),
        Keys(app, store, asking),
    )
