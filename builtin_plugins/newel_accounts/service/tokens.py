"""Sessions and API tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import asdict

from newel import SIGNED_IN, Call, Forbidden, Malformed, NotFound, Problem, Reject, ShownOnce, operation
from newel.contracts.audit import Change
from newel.ids import is_id
from newel.structure import rfc3339
from newel_accounts import credentials
from newel_accounts.model import ById, MadeToken, NewToken, TokenPage, TokenQuery
from newel_accounts.permissions import TOKENS_MANAGE
from newel_accounts.rights import Registry
from newel_accounts.rows import shown_token, token_row
from newel_accounts.service.asking import Asking
from newel_accounts.store import Store

if TYPE_CHECKING:
    from newel.app import App


class Tokens:
    """The operations ``tokens.*``. A token never gets beyond the one that asked for it."""

    def __init__(self, app: App, store: Store, registry: Registry, asking: Asking) -> None:
        self._app = app
        self._store = store
        self._registry = registry
        self._asking = asking

    @operation("tokens.list", needs=SIGNED_IN, http="GET /tokens")
    async def list(self, call: Call, order: TokenQuery) -> TokenPage:
        """Lists one's own sessions and API tokens, or with ``tokens.manage`` somebody else's."""
        if order.cursor and not is_id(order.cursor):
            raise Malformed("the cursor is not one that this list gave")
        owner = await self._asking.owner(self._store.db, call, order.user)
        rows = await self._store.tokens.page(owner["id"], order.cursor, order.limit + 1, order.kind)
        page = tuple(shown_token(row, call.actor.credential) for row in rows[: order.limit])
        return TokenPage(data=page, next=page[-1].id if len(rows) > order.limit else None)

    @operation("tokens.create", needs=SIGNED_IN, http="POST /tokens", effect="write", status=201)
    async def create(self, call: Call, order: NewToken) -> MadeToken:
        """Makes an API token, answered this once; only its hash is kept.

        It may do what its owner may, within its ``scopes``. One that is made with another token is bound by that
        token's scopes and end.
        """
        owner = await self._asking.owner(call.tx, call, order.user)
        self._asking.check(call, owner)
        scopes, expires = self._scopes(order), None if order.expires_at is None else rfc3339(order.expires_at)
        if expires is not None and expires <= rfc3339(self._app.clock.now()):
            raise Reject.field("/expires_at", "past", "that is over already")
        scopes, expires = await self._bound(call, scopes, expires)
        secret, id = credentials.new_token("token"), self._app.ids.new()
        row = token_row(
            id, rfc3339(call.now), secret, owner=owner["id"], kind="token", label=order.label, scopes=scopes,
            expires_at=expires,
        )  # fmt: skip
        await self._store.tokens.add(call.tx, row)
        after = {"owner": owner["id"], "label": order.label, "scopes": scopes, "expires_at": expires}
        call.changed(Change(entity="token", id=id, before=None, after=after))
        return MadeToken(id=id, label=order.label, token=ShownOnce(secret), scopes=scopes, expires_at=expires)

    @operation("tokens.revoke", needs=SIGNED_IN, http="DELETE /tokens/{id}", effect="write", status=204)
    async def revoke(self, call: Call, order: ById) -> None:
        """Revokes a token or ends a session at once: one's own, or with ``tokens.manage`` anybody's."""
        row = await self._store.tokens.get(call.tx, order.id)
        if row is None or (row["owner"] != call.actor.id and not call.actor.may(TOKENS_MANAGE)):
            raise NotFound("there is no such token")
        await self._store.tokens.delete(call.tx, row["id"])
        before = asdict(shown_token(row, "")) | {"owner": row["owner"]}
        call.changed(Change(entity=row["kind"], id=row["id"], before=before, after=None))

    def _scopes(self, order: NewToken) -> tuple[str, ...] | None:
        if order.scopes is None:
            return None
        problems = [
            Problem(f"/scopes/{index}", "not_found", f"there is no permission '{name[:100]}'")
            for index, name in enumerate(order.scopes)
            if name not in self._registry.known
        ]
        if problems:
            raise Reject("some permissions do not exist", problems=problems)
        return tuple(sorted(set(order.scopes)))

    async def _bound(
        self, call: Call, scopes: tuple[str, ...] | None, expires: str | None
    ) -> tuple[tuple[str, ...] | None, str | None]:
        """What the asking token or key leaves of the scopes and the time."""
        bounds = await self._asking.bounds(call)
        if bounds.operation is not None or bounds.sources is not None:
            raise Forbidden("a key for one operation, or for some addresses, makes no tokens: they would reach further")
        if bounds.scopes is not None and (scopes is None or not call.actor.permissions.issuperset(scopes)):
            raise Forbidden("a token with scopes makes only tokens within them: say which")
        return scopes, bounds.until(expires)
