"""From a credential to an actor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel import Actor, Secret
from newel.contracts.database import Row
from newel.hooks.http import register_routes
from newel.hooks.lifecycle import register_permissions
from newel.structure import rfc3339
from newel_accounts.passwords import Passwords
from newel_accounts.store import Store

if TYPE_CHECKING:
    from newel.app import App

MAX_PASSWORD = 256


class Identity:
    """Keeps the contract ``Accounts``."""

    def __init__(self, app: App, store: Store, passwords: Passwords) -> None:
        self._app = app
        self._store = store
        self._passwords = passwords
        self._grants: dict[str, frozenset[str]] = {}

    async def authenticate_token(self, token: Secret[str]) -> Actor | None:
        row = await self._store.owner_of(token.reveal())
        if row is None or row["disabled"]:
            return None
        if row["expires_at"] is not None and row["expires_at"] <= rfc3339(self._app.clock.now()):
            return None
        return self.actor_of(row)

    async def authenticate_password(self, login: str, password: Secret[str]) -> Actor | None:
        row = await self.user_of(login, password)
        return None if row is None else self.actor_of(row)

    async def user_of(self, login: str, password: Secret[str]) -> Row | None:
        """The user of an e-mail and password. Unknown, wrong and disabled take equally long."""
        text = password.reveal()
        row = await self._store.user_by_email(normal(login))
        good = await self._passwords.fits(None if row is None else row["password"], text[:MAX_PASSWORD])
        return row if good and row is not None and not row["disabled"] and len(text) <= MAX_PASSWORD else None

    def actor_of(self, row: Row) -> Actor:
        role = row["role"]
        kind = "token" if dict(row).get("kind") == "token" else "user"
        return Actor(
            id=row["id"], kind="token" if kind == "token" else "user", name=row["name"], roles=(role,),
            permissions=self.granted(role), everything=role == "admin",
        )  # fmt: skip

    def granted(self, role: str) -> frozenset[str]:
        """What a role may do: every permission that names it."""
        if role not in self._grants:
            known = [one.needs for one in self._app.operations]
            known += [route.needs for _, route in self._app.collected(register_routes)]
            known += [permission for _, permission in self._app.collected(register_permissions)]
            self._grants[role] = frozenset(one.name for one in known if role in one.roles)
        return self._grants[role]


def normal(email: str) -> str:
    """An e-mail address as it is kept and compared."""
    import unicodedata

    return unicodedata.normalize("NFC", email.strip()).casefold()
