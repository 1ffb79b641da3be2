"""How sessions end: by those who may, by revocation, by silence, and with the site."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncssh
import asyncssh.channel
import pytest
from tests.builtin_plugins.ssh.conftest import MakeSite, Site, until

from newel.context import Actor
from newel.errors import NotFound
from newel.testing.actors import actor
from newel_ssh.door import SWEEP_SECONDS


async def terminal(site: Site, who: Actor) -> tuple[asyncssh.SSHClientConnection, asyncssh.SSHClientProcess[bytes]]:
    connection = await site.connect(site.knows(who))
    process = await connection.create_process(encoding=None, term_type="xterm")
    await process.stdout.readline()
    return connection, process


async def test_e3_20_a_key_that_is_revoked_ends_the_session_at_the_next_act(site: Site) -> None:
    connection, process = await terminal(site, actor("ann", "notes.read"))
    site.accounts.gone.add("key-ann")
    process.stdin.write(b"x")
    read = await asyncio.wait_for(process.stdout.read(), 5)
    assert b"x by nobody" in read
    assert b"no longer good" in await process.stderr.read()
    await connection.wait_closed()
    assert site.echo.gone == ["your key, session or account is no longer good here"]


async def test_e3_20_a_revoked_key_ends_idle_sessions_and_running_commands_in_time(site: Site) -> None:
    idle, _ = await terminal(site, actor("ann"))
    busy = await site.connect(site.knows(actor("bob", "notes.read")))
    await busy.create_process("notes wait")
    await asyncio.wait_for(site.notes.begun.wait(), 5)
    site.accounts.gone |= {"key-ann", "bob"}
    await site.clock.advance(SWEEP_SECONDS)
    await asyncio.wait_for(idle.wait_closed(), 5)
    await asyncio.wait_for(busy.wait_closed(), 5)
    assert site.notes.cancelled.is_set()
    await until(lambda: len(site.door.sessions) == 0)


async def test_a_role_that_changed_counts_from_the_next_act_on(site: Site) -> None:
    connection = await site.connect(site.knows(actor("ann", "notes.read")))
    assert (await connection.run("notes list")).exit_status == 0
    site.accounts.actors["ann"] = actor("ann")
    assert (await connection.run("notes list")).exit_status == 6


async def test_silence_ends_a_session_but_not_one_that_works(make_site: MakeSite) -> None:
    site = await make_site(idle_minutes=1)
    silent, process = await terminal(site, actor("ann"))
    busy = await site.connect(site.knows(actor("bob", "notes.read")))
    work = await busy.create_process("notes wait")
    await asyncio.wait_for(site.notes.begun.wait(), 5)
    await site.clock.advance(59)
    process.stdin.write(b"x")
    await process.stdout.readline()
    await site.clock.advance(59)
    assert not silent.is_closed()
    await site.clock.advance(2 * SWEEP_SECONDS)
    await asyncio.wait_for(silent.wait_closed(), 5)
    assert site.echo.gone == ["nothing happened for 1 minutes"]
    site.notes.go_on.set()
    assert (await work.wait()).stdout == "waited\n"


async def test_who_may_sees_sessions_and_ends_them(site: Site) -> None:
    connection, _ = await terminal(site, actor("ann"))
    admin = site.app.call(actor("admin"), "test")
    listed = await site.app.operations.run("ssh.sessions.list", {}, admin)
    (one,) = listed.data
    assert (one.name, one.ip, one.what, one.key, one.idle_seconds) == ("ann", "127.0.0.1", ("terminal",), "key-ann", 0)
    await site.app.operations.run("ssh.sessions.end", {"id": one.id}, admin)
    await asyncio.wait_for(connection.wait_closed(), 5)
    assert site.echo.gone == ["somebody who may ended this session"]
    assert ("admin", "ssh.sessions.end") in [(row.actor, row.operation) for row in site.trail]
    with pytest.raises(NotFound):
        await site.app.operations.run("ssh.sessions.end", {"id": one.id}, admin)


async def test_at_a_stop_commands_finish_and_terminals_are_told(make_site: MakeSite) -> None:
    site = await make_site()
    _, process = await terminal(site, actor("ann"))
    busy = await site.connect(site.knows(actor("bob", "notes.read")))
    work = await busy.create_process("notes wait")
    await asyncio.wait_for(site.notes.begun.wait(), 5)
    stopping = asyncio.create_task(site.door.close())
    assert b"the site is stopping" in await asyncio.wait_for(process.stderr.read(), 5)
    assert not stopping.done()
    site.notes.go_on.set()
    assert (await work.wait()).stdout == "waited\n"
    await asyncio.wait_for(stopping, 5)
    assert site.echo.gone == ["the site is stopping"]


async def test_a_stop_waits_for_nobody_who_does_nothing(make_site: MakeSite) -> None:
    site = await make_site(drain_seconds=25)
    lines, files = [await site.connect(site.knows(actor(name, "notes.read"))) for name in ("ann", "bob")]
    process = await lines.create_process()
    await process.stderr.readline()
    client = await files.start_sftp_client()
    await client.listdir("/")
    await asyncio.wait_for(site.door.close(), 2)
    assert "the site is stopping" in await process.stderr.read()
    await lines.wait_closed()
    await files.wait_closed()


async def test_silence_ends_a_session_for_files_too(make_site: MakeSite) -> None:
    site = await make_site(idle_minutes=1)
    connection = await site.connect(site.knows(actor("ann")))
    client = await connection.start_sftp_client()
    await client.listdir("/")
    await site.clock.advance(60 + SWEEP_SECONDS)
    await asyncio.wait_for(connection.wait_closed(), 2)


async def test_a_stop_does_not_wait_for_ever(make_site: MakeSite) -> None:
    site = await make_site(drain_seconds=0)
    busy = await site.connect(site.knows(actor("bob", "notes.read")))
    await busy.create_process("notes wait")
    await asyncio.wait_for(site.notes.begun.wait(), 5)
    await asyncio.wait_for(site.door.close(), 5)
    assert site.notes.cancelled.is_set()


async def test_a_database_that_is_away_ends_no_session(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    connection, _ = await terminal(site, actor("ann"))

    async def away(who: Actor, **_: object) -> Actor | None:
        raise OSError("away")

    monkeypatch.setattr(site.accounts, "refreshed", away)
    await site.clock.advance(SWEEP_SECONDS)
    assert "could not be looked at" in site.log.getvalue()
    monkeypatch.undo()
    await site.clock.advance(SWEEP_SECONDS)
    assert not connection.is_closed()


async def test_a_channel_in_which_nothing_was_asked_for_holds_up_no_stop(make_site: MakeSite) -> None:
    site = await make_site(drain_seconds=25)
    connection = await site.connect(site.knows(actor("ann")))
    channel: Any = asyncssh.channel.SSHClientChannel(
        connection, asyncio.get_running_loop(), "strict", None, "strict", 1 << 16, 1 << 15
    )
    await channel._open(b"session")
    await until(lambda: bool(next(iter(site.door.sessions)).channels))
    await asyncio.wait_for(site.door.close(), 2)
    await connection.wait_closed()
