"""Accounts: hooks and the running part."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import SYSTEM, hookimpl, operations_of
from newel.contracts.accounts import Accounts
from newel.contracts.database import Database
from newel.contracts.migrations import Migration
from newel.operations import Operation
from newel_accounts.config import AccountsConfig
from newel_accounts.identity import Identity
from newel_accounts.passwords import Passwords
from newel_accounts.service import Tokens, Users
from newel_accounts.signing import Signing
from newel_accounts.store import Store
from newel_accounts.tables import create

if TYPE_CHECKING:
    from newel.app import App

FIRST = "admin@localhost"


class AccountsPlugin:
    """Provides ``Accounts``; the first start of a site makes its admin."""

    def __init__(self, app: App, config: AccountsConfig) -> None:
        self._app = app
        self._passwords = Passwords(config.hashing_at_once)
        self._store = Store()
        self._identity = Identity(app, self._store, self._passwords)
        self._users = Users(app, self._store, self._passwords)
        self._tokens = Tokens(app, self._store)
        self._signing = Signing(app, self._store, self._passwords, self._identity, config)

    @hookimpl
    def register_migrations(self) -> list[Migration]:
        return [Migration(number=1, name="users_and_tokens", upgrade=create)]

    @hookimpl
    def register_operations(self) -> list[Operation]:
        return operations_of(self._signing, self._users, self._tokens)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._store.open(self._app.need(Database))
        self._app.provide(Accounts, self._identity)
        await self._first_admin()
        yield

    async def _first_admin(self) -> None:
        """The unique e-mail decides between two processes that start at once."""
        password = secrets.token_urlsafe(15)
        hashed = await self._passwords.hashed(password) if await self._store.is_empty() else ""
        if not hashed:
            return
        token = await self._store.add_first(self._app, FIRST, hashed, SYSTEM)
        if token is not None:
            self._app.announce("admin", f"{FIRST}, password {password}  (shown once)")
            self._app.announce("token", f"{token}  (shown once)")
