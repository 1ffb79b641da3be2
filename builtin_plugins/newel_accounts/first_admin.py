"""A site without users gets an admin. Where no password was given for them, one and a token are told once to whoever
started the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel.contracts.database import UniqueViolation
from newel.structure import rfc3339
from newel_accounts import credentials, passwords
from newel_accounts.identity import normalised
from newel_accounts.rights import ADMIN
from newel_accounts.rows import token_row, user_row
from newel_accounts.store import Store

if TYPE_CHECKING:
    from newel.app import App
    from newel_accounts.config import AccountsConfig


async def ensure(app: App, store: Store, hasher: passwords.Passwords, config: AccountsConfig) -> None:
    """Of two processes that start at once one makes the admin: the address is unique."""
    if await store.users.any(store.db):
        return
    given, token = config.first_password, credentials.new_token("token")
    password = given or passwords.made()
    now, email = rfc3339(app.clock.now()), normalised(config.first_admin)
    user = user_row(
        app.ids.new(), now, email=email, name="Admin", role=ADMIN,
        password=await hasher.hashed(password), must_change=int(given is None),
    )  # fmt: skip
    try:
        async with store.db.transaction() as tx:
            if await store.users.any(tx):
                return
            await store.users.add(tx, user)
            if given is None:
                await store.tokens.add(
                    tx, token_row(app.ids.new(), now, token, owner=str(user["id"]), kind="token", label="first token")
                )
    except UniqueViolation:
        return
    if given is not None:  # what starts unwatched leaves nothing secret in a log
        app.announce("admin", f"{email}, with the password of accounts.first_password")
        return
    app.announce("admin", f"{email}, password {password.reveal()}  (shown once)")
    app.announce("token", f"{token}  (shown once)")
