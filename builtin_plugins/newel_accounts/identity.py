"""From a credential to an actor."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from attrs import frozen

from newel import Actor, Secret
from newel.contracts.database import Row
from newel.structure import rfc3339
from newel_accounts import credentials
from newel_accounts.passwords import MOST, Passwords
from newel_accounts.rights import Registry
from newel_accounts.slowing import Slowing
from newel_accounts.store import Store

if TYPE_CHECKING:
    from newel.app import App

USED_EVERY = 60.0
"""Seconds between two notes of a token's use."""


@frozen
class Verified:
    """A user who knew the password whose hash is ``user["password"]``; ``rehashed`` replaces an outdated hash."""

    user: Row
    rehashed: str | None


class Identity:
    """Keeps the contract ``Accounts``."""

    def __init__(self, app: App, store: Store, passwords: Passwords, registry: Registry) -> None:
        self._app = app
        self._store = store
        self._passwords = passwords
        self._registry = registry
        self.slowing = Slowing(app.clock)
        self.used: dict[str, str] = {}
        """When tokens (by id) were used, not yet written."""

    async def authenticate_token(self, token: Secret[str]) -> Actor | None:
        """One statement, and no write. Nothing is remembered from one request to the next."""
        text = token.reveal()
        if not credentials.is_token(text):
            return None
        row = await self._store.tokens.owner(credentials.token_hash(text))
        moment = self._app.clock.now()
        now = rfc3339(moment)
        if row is None or row["disabled"] or (row["expires_at"] is not None and row["expires_at"] <= now):
            return None
        last = self.used.get(row["credential"]) or row["last_used_at"]
        if last is None or last[:16] != now[:16]:  # another minute
            self.used[row["credential"]] = now
        rights = self._registry.of(row).narrowed(row["scopes"])
        return Actor(
            id=row["id"],
            kind="token" if row["kind"] == "token" else "user",
            name=row["name"],
            roles=(row["role"],),
            permissions=rights.permissions,
            everything=rights.everything,
            credential=row["credential"],
        )

    async def authenticate_password(self, login: str, password: Secret[str]) -> Actor | None:
        found = await self.verified(login, password)
        return None if found is None else self._actor(found.user)

    async def verified(self, login: str, password: Secret[str]) -> Verified | None:
        """Who it is. Unknown address, wrong password and disabled account all cost one statement and one hash.

        Raises ``TooMany`` after many tries for one address, whether or not it has an account.
        """
        if len(password.reveal()) > MOST:
            return None
        email = normalised(login)
        await self.slowing.turn(email)
        row = await self._store.users.by_email(self._store.db, email)
        good = await self._passwords.fits(None if row is None else row["password"], password)
        if not good or row is None or row["disabled"]:
            return None
        self.slowing.succeeded(email)
        outdated = self._passwords.is_outdated(row["password"])
        return Verified(row, await self._passwords.hashed(password) if outdated else None)

    async def account_of(self, login: str) -> str | None:
        """The id of the account with that address. One statement, whether or not there is one."""
        row = await self._store.users.by_email(self._store.db, normalised(login))
        return None if row is None else row["id"]

    def _actor(self, user: Row) -> Actor:
        rights = self._registry.of(user)
        return Actor(
            id=user["id"], kind="user", name=user["name"], roles=(user["role"],),
            permissions=rights.permissions, everything=rights.everything,
        )  # fmt: skip


def normalised(email: str) -> str:
    """An e-mail address as it is kept and compared. What cannot be stored becomes an address that nobody has."""
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", email.strip()).casefold())
    return text if text.isprintable() else ""
