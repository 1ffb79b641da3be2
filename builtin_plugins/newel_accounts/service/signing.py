"""Signing in and out, and one's own password."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from newel import PUBLIC, SIGNED_IN, Call, Conflict, Forbidden, Reject, Secret, ShownOnce, Unauthenticated, operation
from newel.contracts.audit import Change
from newel.structure import rfc3339
from newel_accounts import credentials
from newel_accounts.config import AccountsConfig
from newel_accounts.identity import Identity, Verified
from newel_accounts.model import ChangePassword, Login, Logout, Me, Session
from newel_accounts.passwords import Passwords
from newel_accounts.rows import token_row
from newel_accounts.store import Store

if TYPE_CHECKING:
    from newel.app import App

WRONG = "the e-mail address or the password is wrong"


class Signing:
    """The operations ``auth.*``. Passwords are hashed before a transaction opens; inside it only the hash is compared
    again, so that whoever changes a password meanwhile wins."""

    def __init__(
        self, app: App, config: AccountsConfig, store: Store, identity: Identity, passwords: Passwords
    ) -> None:
        self._app = app
        self._config = config
        self._store = store
        self._identity = identity
        self._passwords = passwords

    async def _verify(self, call: Call, order: Login) -> Verified:
        found = await self._identity.verified(order.email, order.password)
        if found is None:
            self._app.log.info("sign-in refused", extra={"ip": call.ip, "door": call.door})
            error = Unauthenticated(WRONG)
            # The trail gets the account's id and never what was typed: it may have been the password.
            account = await self._identity.account_of(order.email)
            detail = "unknown login" if account is None else f"account {account}"
            await self._app.operations.denied("auth.login", call, error, detail)
            raise error
        return found

    @operation("auth.login", needs=PUBLIC, http="POST /auth/login", effect="write", limit="login", prepare=_verify)
    async def login(self, call: Call, order: Login, verified: Verified) -> Session:
        """Signs in and answers a session.

        An unknown address, a wrong password and a disabled account have the same answer.
        """
        known = verified.user
        user = await self._store.users.get(call.tx, known["id"])
        if user is None or user["disabled"] or user["password"] != known["password"]:
            raise Unauthenticated(WRONG)
        if verified.rehashed is not None:
            await self._store.users.rehash(call.tx, user["id"], user["password"], verified.rehashed)
        now = self._app.clock.now()
        expires = rfc3339(now + timedelta(hours=self._config.session_hours))
        secret, id = credentials.new_token("session"), self._app.ids.new()
        await self._store.tokens.add(
            call.tx, token_row(id, rfc3339(now), secret, owner=user["id"], kind="session", expires_at=expires)
        )
        call.changed(Change(entity="session", id=id, before=None, after={"user": user["id"], "expires_at": expires}))
        return Session(id=id, token=ShownOnce(secret), expires_at=expires, must_change=bool(user["must_change"]))

    @operation("auth.logout", needs=SIGNED_IN, http="POST /auth/logout", effect="write", status=204)
    async def logout(self, call: Call, order: Logout) -> None:
        """Ends the session that asks, or all of one's sessions. API tokens stay."""
        who = call.actor
        if order.everywhere:
            await self._store.tokens.end(call.tx, who.id)
            call.changed(Change(entity="user", id=who.id, before={"sessions": "open"}, after={"sessions": "ended"}))
            return
        row = await self._store.tokens.get(call.tx, who.credential)
        if row is None or row["kind"] != "session":
            raise Conflict("there is no session to end; an API token is revoked with tokens.revoke", code="no_session")
        await self._store.tokens.delete(call.tx, row["id"])
        call.changed(Change(entity="session", id=row["id"], before={"user": who.id}, after=None))

    @operation("auth.me", needs=SIGNED_IN, http="GET /auth/me")
    async def me(self, call: Call) -> Me:
        """Says who asks, and what they may do with the credential they showed."""
        who = call.actor
        user = await self._store.users.get(self._store.db, who.id)
        return Me(
            id=who.id, kind=who.kind, name=who.name, email=None if user is None else user["email"], roles=who.roles,
            permissions=tuple(sorted(who.permissions)), everything=who.everything,
            must_change=user is not None and bool(user["must_change"]), credential=who.credential,
        )  # fmt: skip

    async def _rehash(self, call: Call, order: ChangePassword) -> tuple[str, str]:
        """The present hash, which the password fits, and the one to come."""
        user = await self._store.users.get(self._store.db, call.actor.id)
        if user is None:
            raise Forbidden("only an account has a password")
        await self._identity.slowing.turn(user["email"])
        if not await self._passwords.fits(user["password"], order.current):
            raise Reject.field("/current", "wrong", "that is not the present password")
        self._identity.slowing.succeeded(user["email"])
        if order.new == order.current:
            raise Reject.field("/new", "same", "that is the present password")
        return user["password"], await self._passwords.hashed(order.new)

    @operation(
        "auth.password", needs=SIGNED_IN, http="POST /auth/password", effect="write", status=204, limit="login",
        prepare=_rehash,
    )  # fmt: skip
    async def password(self, call: Call, order: ChangePassword, hashes: tuple[str, str]) -> None:
        """Changes one's own password.

        All other sessions end; API tokens and SSH keys stay, unless they are to go too.
        """
        old, new = hashes
        user = await self._store.users.get(call.tx, call.actor.id)
        if user is None or user["password"] != old:
            raise Reject.field("/current", "wrong", "that is not the present password")
        if not await self._store.users.change(call.tx, user, rfc3339(call.now), password=new, must_change=0):
            raise Conflict("the account was changed meanwhile; try again", code="changed_meanwhile")
        await self._store.end_all(call.tx, user["id"], keep=call.actor.credential, keys_too=order.revoke_tokens)
        change = {"password": Secret(old)}, {"password": Secret(new), "tokens_revoked": order.revoke_tokens}
        call.changed(Change(entity="user", id=user["id"], before=change[0], after=change[1]))
