"""Reads and writes. Statements are rendered once, by ``open``."""

from __future__ import annotations

from newel.contracts.database import Database
from newel_accounts.store.roles import RoleStore
from newel_accounts.store.tokens import TokenStore
from newel_accounts.store.users import UserStore


class Store:
    """All tables of accounts. ``db`` is there from ``open`` on."""

    db: Database
    users: UserStore
    roles: RoleStore
    tokens: TokenStore

    def open(self, db: Database) -> None:
        self.db = db
        self.users = UserStore(db)
        self.roles = RoleStore(db)
        self.tokens = TokenStore(db)
