"""Small stand-ins for providers, as plugins: put ``FakeAccounts.manifest`` in the list of plugins."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from attrs import frozen

from newel.app import App
from newel.context import Actor, Call
from newel.contracts.accounts import Accounts, KeyHolder
from newel.contracts.audit import Act, Audit, Change, Outcome
from newel.contracts.database import Transaction
from newel.manifest import Manifest
from newel.secrets import Secret
from newel.testing.actors import actor


class FakeAccounts:
    """Accounts without a store: ``admin-token`` is an admin, ``perm:<a>,<b>`` a user with those permissions.

    Tests put public keys into ``keys`` (by fingerprint), and into ``gone`` the ids of actors and credentials that have
    ended; ``actors`` says who somebody is: by id by now, by e-mail address at all.
    """

    manifest: ClassVar[Manifest] = Manifest(
        name="fake_accounts",
        summary="Accounts for tests.",
        load="newel.testing.fakes:FakeAccounts",
        provides=(Accounts,),
    )

    def __init__(self, app: App) -> None:
        self._app = app
        self.keys: dict[str, KeyHolder] = {}
        self.gone: set[str] = set()
        self.actors: dict[str, Actor] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._app.provide(Accounts, self)
        yield

    async def authenticate_token(self, token: Secret[str]) -> Actor | None:
        text = token.reveal()
        if text == "admin-token":
            return actor("admin")
        if text.startswith("perm:"):
            return actor("tester", *text[5:].split(","))
        return None

    async def authenticate_password(self, login: str, password: Secret[str]) -> Actor | None:
        return actor(login) if password.reveal() == "password" else None

    async def authenticate_key(self, fingerprint: str, ip: str | None) -> KeyHolder | None:
        holder = self.keys.get(fingerprint)
        if holder is None or await self.refreshed(holder.actor, ip=ip, operation=holder.operation) is None:
            return None
        return holder

    async def actor_of(self, login: str) -> Actor | None:
        found = self.actors.get(login)
        return None if found is None else await self.refreshed(found, ip=None, operation=None)

    async def any_keys(self) -> bool:
        return bool(self.keys)

    async def refreshed(self, actor: Actor, *, ip: str | None, operation: str | None) -> Actor | None:
        if not self.gone.isdisjoint({actor.id, actor.credential}):
            return None
        return self.actors.get(actor.id, actor)


@frozen
class AuditRow:
    actor: str
    door: str
    operation: str
    changes: Sequence[Change]
    outcome: Outcome = "done"
    detail: str = ""


class FakeAudit:
    """Keeps the trail in a list (``rows``)."""

    manifest: ClassVar[Manifest] = Manifest(
        name="fake_audit", summary="An audit trail for tests.", load="newel.testing.fakes:FakeAudit", provides=(Audit,)
    )

    def __init__(self, app: App) -> None:
        self._app = app
        self.rows: list[AuditRow] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._app.provide(Audit, self)
        yield

    async def append(self, tx: Transaction, acts: Sequence[Act]) -> None:
        self.rows += [AuditRow(one.call.actor.id, one.call.door, one.operation, tuple(one.changes)) for one in acts]

    async def note(self, call: Call, operation: str, outcome: Outcome, detail: str = "") -> None:
        self.rows.append(AuditRow(call.actor.id, call.door, operation, (), outcome, detail))


def plugin_of(app: App, name: str) -> Any:
    """The running plugin object, to look inside a fake."""
    return app.plugins[name]
