"""A key that is bound while its owner is inside: to an operation, or to networks."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import asyncssh
import pytest
from tests.builtin_plugins.ssh.conftest import Site, key_of, until
from tests.builtin_plugins.ssh.notes import ECHO, NOTES

from newel.testing.actors import actor
from newel.testing.app import make_app
from newel.testing.clock import FakeClock
from newel_ssh.door import SWEEP_SECONDS

OPERATION, ELSEWHERE, HERE = {"operation": "notes.list"}, {"sources": ["192.0.2.0/24"]}, {"sources": ["127.0.0.0/8"]}
Ssh = asyncssh.SSHClientConnection
Change = Callable[..., Any]


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """With real accounts."""
    async with AsyncExitStack() as stack:
        clock, log = FakeClock(), io.StringIO()
        plugins = ["database", "migrations", "audit", "accounts", NOTES, ECHO, "ssh"]
        config = {"ssh": {"connects_each": 1000}}
        app = await stack.enter_async_context(make_app(plugins, config, clock=clock, log=log, serving=True))
        clients = await stack.enter_async_context(AsyncExitStack())
        yield Site(app, app.plugins["ssh"].service.opened.port, clock, clients, log)


async def run(site: Site, verb: str, **order: Any) -> Any:
    return await site.app.operations.run(verb, order, site.app.call(actor("admin"), "test"))


@pytest.fixture
async def bind(site: Site) -> Change:
    """Changes the key ``ann``, which is registered."""
    user = await run(site, "users.create", email="ann@example.org", role="admin")
    public = key_of("ann").export_public_key().decode()
    key = await run(site, "ssh.keys.add", key=public, user=user.id)

    async def changed(**limits: Any) -> None:
        await run(site, "ssh.keys.update", id=key.id, **limits)

    return changed


class Terminal:
    async def open(self, connection: Ssh) -> None:
        self._process = await connection.create_process(encoding=None, term_type="xterm")
        await self._process.stdout.readline()

    async def act(self) -> bool:
        self._process.stdin.write(b"x")
        return b"by nobody" not in await self._process.stdout.readline()


class Lines:
    async def open(self, connection: Ssh) -> None:
        self._process = await connection.create_process()

    async def act(self) -> bool:
        self._process.stdin.write("notes shout hey\n")
        return await self._process.stdout.readline() == "HEY\n"


class Files:
    async def open(self, connection: Ssh) -> None:
        self._client = await connection.start_sftp_client()

    async def act(self) -> bool:
        try:
            await self._client.listdir("/")
        except asyncssh.SFTPError:
            return False
        return True


KINDS: list[Callable[[], Terminal | Lines | Files]] = [Terminal, Lines, Files]


async def inside(site: Site) -> list[tuple[Ssh, Terminal | Lines | Files]]:
    """A connection for each kind of session."""
    found = []
    for kind in KINDS:
        one = kind()
        connection = await site.connect(key_of("ann"))
        await one.open(connection)
        found.append((connection, one))
    return found


async def test_a_key_that_is_bound_ends_its_sessions_at_their_next_act(site: Site, bind: Change) -> None:
    for limits in (OPERATION, ELSEWHERE):
        await bind(operation="", sources=[])
        people = await inside(site)
        assert [await one.act() for _, one in people] == [True] * 3
        await bind(**limits)
        assert [await asyncio.wait_for(one.act(), 5) for _, one in people] == [False] * 3, limits
        for connection, _ in people:
            await asyncio.wait_for(connection.wait_closed(), 5)
    assert site.notes.kept == []


async def test_a_key_that_is_bound_ends_its_idle_sessions_in_time(site: Site, bind: Change) -> None:
    people = await inside(site)
    await bind(**ELSEWHERE)
    await site.clock.advance(SWEEP_SECONDS)
    for connection, _ in people:
        await asyncio.wait_for(connection.wait_closed(), 5)
    await until(lambda: len(site.door.sessions) == 0)


async def test_a_key_that_is_bound_to_where_somebody_is_leaves_them_there(site: Site, bind: Change) -> None:
    people = await inside(site)
    await bind(**HERE)
    await site.clock.advance(SWEEP_SECONDS)
    assert [await one.act() for _, one in people] == [True] * 3


async def test_a_session_for_one_operation_never_becomes_one_for_another(site: Site, bind: Change) -> None:
    await bind(operation="notes.list")
    first, second = [await site.connect(key_of("ann")) for _ in range(2)]
    assert (await first.run("")).exit_status == 0
    await bind(operation="")  # whoever wants what it may now comes in anew
    assert (await first.run("notes add --text x")).exit_status == 2
    with pytest.raises(asyncssh.ChannelOpenError):
        await first.start_sftp_client()
    await bind(operation="notes.add")
    assert (await second.run("--text x")).exit_status != 0
    await asyncio.wait_for(second.wait_closed(), 5)
    assert site.notes.kept == []
