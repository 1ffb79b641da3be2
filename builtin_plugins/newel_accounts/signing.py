"""Signing in and out, and one's own password."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from attrs import frozen

from newel import PUBLIC, SIGNED_IN, Call, MaxLength, MinLength, Reject, Secret, ShownOnce, Unauthenticated, operation
from newel.structure import rfc3339
from newel_accounts.config import AccountsConfig
from newel_accounts.identity import Identity
from newel_accounts.passwords import Passwords
from newel_accounts.store import Store

if TYPE_CHECKING:
    from newel.app import App

NewPassword = Annotated[Secret[str], "At least ten characters.", MinLength(10), MaxLength(256)]


@frozen(kw_only=True)
class Login:
    """An e-mail address and its password."""

    email: Annotated[str, "The e-mail address.", MaxLength(191)]
    password: Annotated[Secret[str], "The password.", MaxLength(256)]


@frozen
class Session:
    """A session: send its token as ``Authorization: Bearer``."""

    token: ShownOnce[str]
    expires_at: str


@frozen(kw_only=True)
class ChangePassword:
    """The present password and the one to come."""

    current: Annotated[Secret[str], "The present password.", MaxLength(256)]
    new: NewPassword


@frozen(kw_only=True)
class Me:
    """Who asks, and what that one may do."""

    id: str
    kind: str
    name: str
    roles: tuple[str, ...]
    permissions: tuple[str, ...]
    everything: bool


class Signing:
    """The operations ``auth.*``."""

    def __init__(
        self, app: App, store: Store, passwords: Passwords, identity: Identity, config: AccountsConfig
    ) -> None:
        self._app = app
        self._store = store
        self._passwords = passwords
        self._identity = identity
        self._config = config

    @operation("auth.login", needs=PUBLIC, http="POST /auth/login", effect="write", limit="login")
    async def login(self, call: Call, order: Login) -> Session:
        """Signs in. Unknown address, wrong password and disabled account have the same answer."""
        row = await self._identity.user_of(order.email, order.password)
        if row is None:
            raise Unauthenticated("the e-mail address or the password is wrong")
        expires = rfc3339(self._app.clock.now() + timedelta(hours=self._config.session_hours))
        token = await self._store.add_token(call.tx, self._app, row["id"], "session", "", expires)
        return Session(ShownOnce(token), expires)

    @operation("auth.logout", needs=SIGNED_IN, http="POST /auth/logout", effect="write", status=204)
    async def logout(self, call: Call) -> None:
        """Ends all sessions of whoever asks. API tokens stay."""
        await self._store.drop_sessions(call.tx, call.actor.id)

    @operation("auth.me", needs=SIGNED_IN, http="GET /auth/me")
    async def me(self, call: Call) -> Me:
        """Says who asks."""
        who = call.actor
        return Me(
            id=who.id, kind=who.kind, name=who.name, roles=who.roles, permissions=tuple(sorted(who.permissions)),
            everything=who.everything,
        )  # fmt: skip

    @operation("auth.password", needs=SIGNED_IN, http="POST /auth/password", effect="write", status=204, limit="login")
    async def password(self, call: Call, order: ChangePassword) -> None:
        """Changes one's own password and ends one's sessions."""
        row = await self._store.user(call.tx, call.actor.id)
        kept = None if row is None else row["password"]
        if not await self._passwords.fits(kept, order.current.reveal()) or row is None:
            raise Reject.field("/current", "wrong", "that is not the present password")
        await self._store.change_user(call.tx, row, password=await self._passwords.hashed(order.new.reveal()))
        await self._store.drop_sessions(call.tx, call.actor.id)
