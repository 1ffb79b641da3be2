"""A site with an SSH door, and people with keys."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import asyncssh
import pytest
from attrs import evolve, frozen
from tests.builtin_plugins.ssh.notes import ECHO, NOTES, EchoPlugin, Service

from newel import Actor
from newel.contracts.accounts import KeyHolder
from newel.testing.actors import actor
from newel.testing.app import make_app
from newel.testing.clock import FakeClock
from newel.testing.fakes import AuditRow, FakeAccounts, FakeAudit


@cache
def key_of(name: str) -> asyncssh.SSHKey:
    """The key pair of somebody, the same in the whole run."""
    return asyncssh.generate_private_key("ssh-ed25519", comment=name)


@frozen
class Site:
    app: Any
    port: int
    clock: FakeClock
    stack: AsyncExitStack
    log: io.StringIO

    @property
    def accounts(self) -> FakeAccounts:
        return self.app.plugins["fake_accounts"]  # type: ignore[no-any-return]  # plugins are objects

    @property
    def notes(self) -> Service:
        return self.app.plugins["notes"].service  # type: ignore[no-any-return]  # plugins are objects

    @property
    def echo(self) -> EchoPlugin:
        return self.app.plugins["echo"]  # type: ignore[no-any-return]  # plugins are objects

    @property
    def door(self) -> Any:
        return self.app.plugins["ssh"].service.opened.door

    @property
    def trail(self) -> list[AuditRow]:
        return self.app.plugins["fake_audit"].rows  # type: ignore[no-any-return]  # plugins are objects

    def knows(self, who: Actor, *, key: str = "", operation: str | None = None) -> asyncssh.SSHKey:
        """Registers a key of somebody (called like them, or ``key``)."""
        made = key_of(key or who.name)
        who = evolve(who, credential=f"key-{key or who.name}")
        self.accounts.keys[made.get_fingerprint("sha256")] = KeyHolder(
            actor=who, operation=operation, email=f"{who.name}@example.org"
        )
        return made

    async def connect(
        self, keys: asyncssh.SSHKey | Sequence[asyncssh.SSHKey], user: str = "newel", **options: Any
    ) -> asyncssh.SSHClientConnection:
        client_keys = [keys] if isinstance(keys, asyncssh.SSHKey) else list(keys)
        return await self.stack.enter_async_context(
            asyncssh.connect(
                "127.0.0.1", self.port, username=user, client_keys=client_keys, known_hosts=None,
                config=None, agent_path=None, **options,
            )
        )  # fmt: skip

    async def admin(self) -> asyncssh.SSHClientConnection:
        return await self.connect(self.knows(actor("admin")))

    async def run(self, command: str, who: Actor | None = None, **options: Any) -> asyncssh.SSHCompletedProcess:
        """One command, by an admin or somebody."""
        connection = await self.connect(self.knows(who or actor("admin")))
        return await asyncio.wait_for(connection.run(command, **options), 10)


class MakeSite(Protocol):
    def __call__(self, folder: Path | None = None, **config: Any) -> Awaitable[Site]: ...


@pytest.fixture
async def make_site() -> AsyncIterator[MakeSite]:
    async with AsyncExitStack() as stack:

        async def made(folder: Path | None = None, **config: Any) -> Site:
            clock, log = FakeClock(), io.StringIO()
            app = await stack.enter_async_context(
                make_app(
                    [FakeAccounts.manifest, FakeAudit.manifest, NOTES, ECHO, "ssh"],
                    {"ssh": {"connects_each": 1000, **config}},
                    folder=folder, clock=clock, log=log, serving=True,
                )
            )  # fmt: skip
            clients = await stack.enter_async_context(AsyncExitStack())
            return Site(app, app.plugins["ssh"].service.opened.port, clock, clients, log)

        yield made


@pytest.fixture
async def site(make_site: MakeSite) -> Site:
    return await make_site()


async def until(true: Callable[[], bool]) -> None:
    """Waits for what the other end of a connection brings about."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - there is no event at the other end
            await asyncio.sleep(0.005)
