"""From a credential to an actor."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import TYPE_CHECKING

from attrs import frozen

from newel import Actor, Secret
from newel.contracts.accounts import KeyHolder
from newel.contracts.database import Row
from newel.structure import rfc3339
from newel_accounts import credentials
from newel_accounts.config import MOST
from newel_accounts.passwords import Passwords
from newel_accounts.rights import Registry
from newel_accounts.slowing import Slowing
from newel_accounts.sources import admits
from newel_accounts.store import Store

if TYPE_CHECKING:
    from newel.app import App

LONGEST_FINGERPRINT = 50


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
        self.keys_used: dict[str, str] = {}
        """The same of keys."""

    async def authenticate_token(self, token: Secret[str]) -> Actor | None:
        """One statement, and no write. Nothing is remembered from one request to the next."""
        text = token.reveal()
        if not credentials.is_token(text):
            return None
        row = await self._store.tokens.owner(credentials.token_hash(text))
        now = rfc3339(self._app.clock.now())
        if row is None or row["disabled"] or _over(row["expires_at"], now):
            return None
        _note(self.used, row, now)
        return self._actor(row, row["credential"], row["kind"], row["scopes"])

    async def authenticate_password(self, login: str, password: Secret[str]) -> Actor | None:
        found = await self.verified(login, password)
        return None if found is None else self._actor(found.user, _mark(found.user["password"]))

    async def authenticate_key(self, fingerprint: str, ip: str | None) -> KeyHolder | None:
        row = await self._store.keys.owner(fingerprint) if len(fingerprint) <= LONGEST_FINGERPRINT else None
        now = rfc3339(self._app.clock.now())
        if row is None or row["disabled"] or _over(row["expires_at"], now) or not admits(row["sources"], ip):
            return None
        _note(self.keys_used, row, now)
        actor = self._actor(row, row["credential"])
        return KeyHolder(actor=actor, operation=row["operation"], email=row["email"])

    async def actor_of(self, login: str) -> Actor | None:
        row = await self._store.users.by_email(self._store.db, normalised(login))
        return None if row is None or row["disabled"] else self._actor(row, "")

    async def any_keys(self) -> bool:
        return await self._store.keys.any()

    async def refreshed(self, actor: Actor, *, ip: str | None, operation: str | None) -> Actor | None:
        row = await self._store.keys.holder(actor.id, actor.credential)
        now = rfc3339(self._app.clock.now())
        if row is None or row["disabled"]:
            return None
        if row["token"] is not None:
            good = not _over(row["token_expires"], now)
        elif row["key_id"] is not None:
            bound = row["operation"] not in (None, operation)  # one that was freed stays what it was until they return
            good = not (_over(row["key_expires"], now) or bound) and admits(row["sources"], ip)
        else:
            good = actor.credential in ("", _mark(row["password"]))
        return self._actor(row, actor.credential, row["kind"] or "", row["scopes"]) if good else None

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

    def _actor(self, user: Row, credential: str, kind: str = "", scopes: str | None = None) -> Actor:
        """``kind`` and ``scopes`` are those of a token."""
        rights = self._registry.of(user).narrowed(scopes)
        return Actor(
            id=user["id"], kind="token" if kind == "token" else "user", name=user["name"], roles=(user["role"],),
            permissions=rights.permissions, everything=rights.everything, credential=credential,
        )  # fmt: skip


def _over(expires_at: str | None, now: str) -> bool:
    return expires_at is not None and expires_at <= now


def _note(used: dict[str, str], row: Row, now: str) -> None:
    """At most once a minute."""
    last = used.get(row["credential"]) or row["last_used_at"]
    if last is None or last[:16] != now[:16]:
        used[row["credential"]] = now


def _mark(password: str) -> str:
    """What tells one password of a person from the next, so that whoever signed in with the old one is noticed. Made
    of the salted hash: it says nothing about the password."""
    return f"password:{hashlib.sha256(password.encode()).hexdigest()[:16]}"


def normalised(email: str) -> str:
    """An e-mail address as it is kept and compared. What cannot be stored becomes an address that nobody has."""
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", email.strip()).casefold())
    return text if text.isprintable() else ""
