"""Reads and writes. Statements are rendered once, by ``open``."""

from __future__ import annotations

from newel.contracts.database import Database, Transaction
from newel_accounts.store.keys import KeyStore
from newel_accounts.store.roles import RoleStore
from newel_accounts.store.tokens import TokenStore
from newel_accounts.store.users import UserStore


class Store:
    """All tables of accounts. ``db`` is there from ``open`` on."""

    db: Database
    users: UserStore
    roles: RoleStore
    tokens: TokenStore
    keys: KeyStore

    def open(self, db: Database) -> None:
        self.db = db
        self.users = UserStore(db)
        self.roles = RoleStore(db)
        self.tokens = TokenStore(db)
        self.keys = KeyStore(db)

    async def end_all(self, tx: Transaction, owner: str, *, keep: str, keys_too: bool) -> None:
        """Ends a user's sessions, and API tokens and SSH keys where that is said; all but the one with the id
        ``keep``."""
        await self.tokens.end(tx, owner, keep=keep, tokens_too=keys_too)
        if keys_too:
            await self.keys.delete_all(tx, owner, keep=keep)
