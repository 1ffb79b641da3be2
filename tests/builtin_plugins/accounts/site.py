"""A site with accounts on SQLite, spoken to through its operations."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from attrs import frozen

from newel import ANONYMOUS, Secret
from newel.app import App
from newel.context import Actor
from newel.contracts.accounts import Accounts
from newel.testing import FakeClock, actor, make_app
from newel.testing.app import CHEAP_HASH

PLUGINS = ("database", "migrations", "audit", "accounts", "content")
PASSWORD = "correct horse battery"
ADMIN = actor("admin")
QUICK = CHEAP_HASH
"""For an application that is not of ``make_app``, which takes it by itself."""


@frozen
class Site:
    """A running application, and short ways to use it."""

    app: App
    clock: FakeClock
    log: io.StringIO

    async def run(self, verb: str, who: Actor = ADMIN, /, **order: Any) -> Any:
        return await self.app.operations.run(verb, order, self.app.call(who, "test", ip="192.0.2.1"))

    async def user(self, email: str = "ann@example.org", role: str = "editor", **more: Any) -> Any:
        return await self.run("users.create", email=email, role=role, **({"password": PASSWORD} | more))

    async def login(self, email: str = "ann@example.org", password: str = PASSWORD) -> Any:
        return await self.run("auth.login", ANONYMOUS, email=email, password=password)

    async def who(self, token: Any) -> Actor | None:
        """The actor of a token, given as text or as the answer that holds it."""
        text = token if isinstance(token, str) else token.token.reveal()
        return await self.app.need(Accounts).authenticate_token(Secret(text))

    async def signed_in(self, email: str = "ann@example.org", role: str = "editor") -> Actor:
        """A new user's session."""
        await self.user(email, role)
        who = await self.who(await self.login(email))
        assert who is not None
        return who

    async def role(self, name: str, *permissions: str) -> Any:
        return await self.run("roles.create", name=name, permissions=permissions)

    def told(self, label: str) -> str:
        """The secret of an announcement."""
        text = dict(self.app.notices)[label]
        found = re.search(r"newel_\w+", text) or re.search(r"password (\S+)", text)
        assert found
        return found[found.lastindex or 0]

    @property
    def plugin(self) -> Any:
        return self.app.plugins["accounts"]


@asynccontextmanager
async def opened(
    *plugins: str, clock: FakeClock | None = None, config: Mapping[str, Any] | None = None, **more: Any
) -> AsyncIterator[Site]:
    clock, log = clock or FakeClock(), io.StringIO()
    async with make_app(plugins or PLUGINS, config, clock=clock, log=log, **more) as app:
        yield Site(app, clock, log)
