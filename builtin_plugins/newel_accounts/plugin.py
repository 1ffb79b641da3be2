"""Accounts: hooks and the running part."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import Permission, hookimpl, operations_of
from newel.contracts.accounts import Accounts
from newel.contracts.backup import Part
from newel.contracts.database import Database
from newel.contracts.migrations import Migration
from newel.contracts.tui import Screen
from newel.operations import Operation
from newel_accounts import first_admin
from newel_accounts.backing import backup_parts
from newel_accounts.config import AccountsConfig
from newel_accounts.housekeeping import Housekeeping
from newel_accounts.identity import Identity
from newel_accounts.migrations import STEPS
from newel_accounts.passwords import Passwords
from newel_accounts.permissions import TOKENS_MANAGE
from newel_accounts.rights import Registry
from newel_accounts.screens import screens
from newel_accounts.service import services
from newel_accounts.store import Store

if TYPE_CHECKING:
    from newel.app import App


class AccountsPlugin:
    """Provides ``Accounts``; the first start of a site makes its admin."""

    def __init__(self, app: App, config: AccountsConfig) -> None:
        self._app = app
        self._config = config
        self._store = Store()
        self._passwords = Passwords(config)
        registry = Registry(app)
        self._identity = Identity(app, self._store, self._passwords, registry)
        self._services = services(app, config, self._store, self._identity, self._passwords, registry)
        self._housekeeping = Housekeeping(app, self._store, self._identity)

    @hookimpl
    def register_backup_parts(self) -> Sequence[Part]:
        return backup_parts()

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        return STEPS

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(*self._services)

    @hookimpl
    def register_permissions(self) -> Sequence[Permission]:
        return (TOKENS_MANAGE,)

    @hookimpl
    def register_screens(self) -> Sequence[Screen]:
        return screens(self._app)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._store.open(self._app.need(Database))
        try:
            if not self._app.examined:  # its password would be told to nobody
                await first_admin.ensure(self._app, self._store, self._passwords, self._config)
            self._app.provide(Accounts, self._identity)
            async with self._housekeeping.running():
                yield
        finally:
            self._passwords.close()
