"""SSH public keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import asdict

from newel import SIGNED_IN, Call, Conflict, Fault, Forbidden, Malformed, NotFound, Problem, Reject, operation
from newel.contracts.audit import Change
from newel.contracts.database import Queries, Row, UniqueViolation, Value
from newel.ids import is_id
from newel.structure import rfc3339
from newel_accounts import public_keys, sources
from newel_accounts.key_model import KeyChange, KeyPage, KeyQuery, NewKey, SshKey
from newel_accounts.model import LONGEST, ById
from newel_accounts.permissions import TOKENS_MANAGE
from newel_accounts.rows import shown_key
from newel_accounts.service.asking import Asking
from newel_accounts.service.undoing import key_again, key_back, key_gone
from newel_accounts.store import Store

if TYPE_CHECKING:
    from newel.app import App


class Keys:
    """The operations ``ssh.keys.*``. A key never gets beyond what asked for it."""

    def __init__(self, app: App, store: Store, asking: Asking) -> None:
        self._app = app
        self._store = store
        self._asking = asking

    @operation("ssh.keys.list", needs=SIGNED_IN, http="GET /ssh/keys")
    async def list(self, call: Call, order: KeyQuery) -> KeyPage:
        """Lists one's own SSH keys, or with ``tokens.manage`` somebody else's."""
        if order.cursor and not is_id(order.cursor):
            raise Malformed("the cursor is not one that this list gave")
        owner = await self._asking.owner(self._store.db, call, order.user)
        rows = await self._store.keys.page(owner["id"], order.cursor, order.limit + 1)
        page = tuple(shown_key(row, call.actor.credential) for row in rows[: order.limit])
        return KeyPage(data=page, next=page[-1].id if len(rows) > order.limit else None)

    @operation("ssh.keys.get", needs=SIGNED_IN, http="GET /ssh/keys/{id}")
    async def get(self, call: Call, order: ById) -> SshKey:
        """Shows one SSH key: one's own, or with ``tokens.manage`` anybody's."""
        return shown_key(await self._found(self._store.db, call, order.id), call.actor.credential)

    @operation("ssh.keys.add", needs=SIGNED_IN, http="POST /ssh/keys", effect="write", status=201, undo=key_gone)
    async def add(self, call: Call, order: NewKey) -> SshKey:
        """Lets somebody sign in with a key over SSH. Only the public half is taken.

        It may do what its owner may, or run one ``operation`` only. One that is added with a token or key that ends
        ends with that one.
        """
        owner = await self._asking.owner(call.tx, call, order.user)
        self._asking.check(call, owner)
        try:
            key = public_keys.read(order.key)
        except Fault as fault:
            raise Reject.field("/key", fault.code, str(fault)) from None
        limits = self._limits(order.operation, order.sources, order.expires_at)
        row: dict[str, Value] = {
            "id": self._app.ids.new(), "owner": owner["id"], "label": order.label or _label(key.comment),
            "public_key": key.text, "fingerprint": key.fingerprint, **await self._bound(call, limits),
            "created_at": rfc3339(call.now), "last_used_at": None,
        }  # fmt: skip
        try:
            await self._store.keys.add(call.tx, row)
        except UniqueViolation:  # whose it is stays untold
            problem = Problem("/key", "not_unique", "this key is registered already")
            raise Conflict("this key is registered already", code="not_unique", problems=[problem]) from None
        made = shown_key(row, "")
        call.changed(Change(entity="key", id=made.id, before=None, after=asdict(made)))
        return made

    @operation("ssh.keys.update", needs=SIGNED_IN, http="PATCH /ssh/keys/{id}", effect="write", undo=key_back)
    async def update(self, call: Call, order: KeyChange) -> SshKey:
        """Changes what an SSH key is called, how long it is good and what it may do."""
        row = await self._found(call.tx, call, order.id)
        owner = await self._store.users.get(call.tx, row["owner"])
        if owner is None:
            raise _missing()
        self._asking.check(call, owner)
        if order.forever and order.expires_at is not None:
            raise Reject.field("/forever", "excluded", "it is either for ever or until some time")
        limits = self._limits(order.operation, order.sources, order.expires_at)
        given = {name: value for name, value in limits.items() if getattr(order, name) is not None}
        if order.forever:
            given["expires_at"] = None
        changes = await self._bound(call, {name: row[name] for name in limits} | given) if given else {}
        if order.label is not None:
            changes["label"] = order.label
        await self._store.keys.change(call.tx, row, changes)
        made = shown_key(await self._found(call.tx, call, order.id), call.actor.credential)
        before = asdict(shown_key(row, call.actor.credential))
        call.changed(Change(entity="key", id=made.id, before=before, after=asdict(made)))
        return made

    @operation(
        "ssh.keys.remove", needs=SIGNED_IN, http="DELETE /ssh/keys/{id}", effect="write", status=204, undo=key_again
    )
    async def remove(self, call: Call, order: ById) -> None:
        """Removes an SSH key, and ends what is open with it: one's own, or with ``tokens.manage`` anybody's."""
        row = await self._found(call.tx, call, order.id)
        await self._store.keys.delete(call.tx, row["id"])
        call.changed(Change(entity="key", id=row["id"], before=asdict(shown_key(row, "")), after=None))

    async def _found(self, db: Queries, call: Call, id: str) -> Row:
        row = await self._store.keys.get(db, id)
        if row is None or (row["owner"] != call.actor.id and not call.actor.may(TOKENS_MANAGE)):
            raise _missing()
        return row

    def _limits(self, forced: str | None, given: Sequence[str] | None, expires_at: datetime | None) -> dict[str, Value]:
        """What was asked for, as it is kept."""
        problems = []
        if forced and all(one.name != forced for one in self._app.operations):
            problems.append(Problem("/operation", "not_found", "there is no such operation"))
        networks = []
        for index, text in enumerate(given or ()):
            try:
                networks.append(sources.network(text))
            except Fault as fault:
                problems.append(Problem(f"/sources/{index}", fault.code, str(fault)))
        expires = None if expires_at is None else rfc3339(expires_at)
        if expires is not None and expires <= rfc3339(self._app.clock.now()):
            problems.append(Problem("/expires_at", "past", "that is over already"))
        if problems:
            raise Reject("the input is not valid", problems=problems)
        return {
            "operation": forced or None,
            "sources": json.dumps(sorted(set(networks))) if networks else None,
            "expires_at": expires,
        }

    async def _bound(self, call: Call, limits: dict[str, Value]) -> dict[str, Any]:
        """The same within the credential that asks."""
        bounds = await self._asking.bounds(call)
        if bounds.scopes is not None:
            raise Forbidden("a token with scopes adds and changes no keys: they would reach further")
        if bounds.operation is not None and limits["operation"] != bounds.operation:
            raise Forbidden("a key for one operation leads to no other")
        text = limits["sources"]
        if not sources.within(None if text is None else json.loads(str(text)), bounds.sources):
            raise Forbidden("a key for some addresses adds only keys for these: say 'sources'")
        expires = limits["expires_at"]
        return limits | {"expires_at": bounds.until(None if expires is None else str(expires))}


def _label(comment: str) -> str:
    return "".join(one for one in comment if one.isprintable())[:LONGEST]


def _missing() -> NotFound:
    return NotFound("there is no such key")
