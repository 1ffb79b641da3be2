"""Who is meant, and how far the credential that was shown reaches: nobody makes one that reaches further."""

from __future__ import annotations

import json

from attrs import frozen

from newel import Call, Conflict, Forbidden, NotFound
from newel.contracts.database import Queries, Row
from newel_accounts.identity import normalised
from newel_accounts.permissions import TOKENS_MANAGE
from newel_accounts.rights import Registry
from newel_accounts.store import Store


@frozen
class Bounds:
    """What the asking token or key leaves to what is made with it. A session binds nobody: its owner signed in."""

    scopes: frozenset[str] | None = None
    operation: str | None = None
    sources: str | None = None
    expires_at: str | None = None

    def until(self, expires: str | None) -> str | None:
        """The end of what is made."""
        ends = [one for one in (expires, self.expires_at) if one is not None]
        return min(ends, default=None)


class Asking:
    """Looks up accounts and credentials of a caller."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self._store = store
        self._registry = registry

    async def owner(self, db: Queries, call: Call, given: str | None) -> Row:
        """The account meant; one's own where none is given. Somebody else's needs ``tokens.manage``."""
        if given is None or given == call.actor.id:
            row = await self._store.users.get(db, call.actor.id)
            if row is None:
                raise Conflict("only an account has tokens and keys; say whose with 'user'", code="no_account")
            return row
        call.actor.require(TOKENS_MANAGE)
        users = self._store.users
        row = await (users.by_email(db, normalised(given)) if "@" in given else users.get(db, given))
        if row is None:
            raise NotFound("there is no such account")
        return row

    def check(self, call: Call, owner: Row) -> None:
        """Whoever makes a way into another account may do all that it may."""
        if owner["id"] != call.actor.id and not self._registry.of(owner).within(call.actor):
            raise Forbidden("this account may do more than you may")

    async def bounds(self, call: Call) -> Bounds:
        credential = call.actor.credential
        token = await self._store.tokens.get(call.tx, credential) if credential else None
        if token is not None:
            if token["kind"] == "session":
                return Bounds()
            scopes = None if token["scopes"] is None else frozenset(json.loads(token["scopes"]))
            return Bounds(scopes=scopes, expires_at=token["expires_at"])
        key = await self._store.keys.get(call.tx, credential) if credential else None
        if key is None:
            return Bounds()
        return Bounds(operation=key["operation"], sources=key["sources"], expires_at=key["expires_at"])
