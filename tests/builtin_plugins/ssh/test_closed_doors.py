"""E3.20: what an SSH server may do by its protocol, and ours does not."""

from __future__ import annotations

import asyncssh
import pytest
from tests.builtin_plugins.ssh.conftest import Site

from newel.testing.actors import actor


async def test_e3_20_nothing_is_forwarded(site: Site) -> None:
    connection = await site.admin()
    with pytest.raises(asyncssh.ChannelOpenError):
        await connection.open_connection("127.0.0.1", site.port)
    with pytest.raises(asyncssh.ChannelOpenError):
        await connection.open_unix_connection("/var/run/docker.sock")
    with pytest.raises(asyncssh.ChannelListenError):
        await connection.start_server(lambda host, port: None, "127.0.0.1", 0)
    with pytest.raises(asyncssh.ChannelListenError):
        await connection.start_unix_server(lambda: None, "/tmp/newel-no.sock")
    with pytest.raises(asyncssh.ChannelOpenError):
        await connection.open_tun()
    assert (await connection.run("notes list")).exit_status == 0


async def test_e3_20_no_x11(site: Site) -> None:
    connection = await site.admin()
    with pytest.raises(asyncssh.ChannelOpenError):
        await connection.create_process("notes list", x11_forwarding=True, x11_display="127.0.0.1:77")


@pytest.mark.parametrize("name", ["netconf", "bash", "sftp-server", ""])
async def test_e3_20_no_other_subsystem(site: Site, name: str) -> None:
    connection = await site.admin()
    with pytest.raises(asyncssh.ChannelOpenError):
        await connection.create_process(subsystem=name or "x" * 300)


async def test_e3_20_no_shell_and_no_program(site: Site) -> None:
    connection = await site.admin()
    for command in (
        "sh -c id",
        "/bin/sh",
        "id",
        "notes list; id",
        "notes list && id",
        "$(id)",
        "`id`",
        "notes list | sh",
    ):
        done = await connection.run(command)
        assert (done.exit_status, "uid=" in f"{done.stdout}{done.stderr}") == (2, False), command


async def test_e3_20_the_environment_is_not_the_clients(site: Site) -> None:
    connection = await site.admin()
    env = {"PATH": "/tmp", "LD_PRELOAD": "/tmp/x.so", "NEWEL__SSH__PORT": "1", "LANG": "x" * 500, "COLORTERM": "a\x1bb"}
    env |= {f"NAME_{number}": "x" * 1000 for number in range(500)}
    process = await connection.create_process(term_type="x\x1b[31m", env=env)
    await process.stdout.readline()
    assert site.echo.terminals[0].environment == {"TERM": "dumb"}


async def test_e3_20_only_so_many_channels(site: Site) -> None:
    connection = await site.admin()
    for _ in range(10):
        await connection.create_process("notes wait")
    with pytest.raises(asyncssh.ChannelOpenError):
        await connection.create_process("notes wait")


async def test_e3_20_a_key_for_one_operation_has_no_files(site: Site) -> None:
    connection = await site.connect(site.knows(actor("admin"), key="robot", operation="notes.list"))
    with pytest.raises(asyncssh.Error):
        await connection.start_sftp_client()
