"""A terminal at the other end: what the terminal admin gets, and how it ends."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncssh
from tests.builtin_plugins.ssh.conftest import Site, until

from newel.contracts.terminal import Gone, Resized, Typed
from newel.testing.actors import actor


async def opened(site: Site, **options: Any) -> tuple[asyncssh.SSHClientConnection, asyncssh.SSHClientProcess[bytes]]:
    connection = await site.admin()
    options = {"term_type": "xterm-256color", "term_size": (80, 24), **options}
    process = await connection.create_process(encoding=None, **options)
    return connection, process


async def seen(process: asyncssh.SSHClientProcess[bytes], text: bytes) -> bytes:
    found = b""
    async with asyncio.timeout(10):
        while text not in found:
            found += await process.stdout.read(4096)
    return found


async def test_a_terminal_gets_keys_sizes_and_an_exit_code(site: Site) -> None:
    _, process = await opened(site, env={"COLORTERM": "truecolor", "LC_ALL": "de_DE.UTF-8", "NO_COLOR": "1"})
    greeting = await seen(process, b"\r\n")
    assert b"hello 80x24" in greeting
    assert site.echo.terminals[0].environment == {
        "TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "de_DE.UTF-8", "NO_COLOR": "1",
    }  # fmt: skip
    process.stdin.write("ä".encode())
    await seen(process, "ä by admin".encode())
    process.change_terminal_size(120, 40)
    await seen(process, b"now 120x40")
    process.stdin.write(b"q")
    assert (await process.wait()).exit_status == 7
    assert not site.echo.terminals[0].local


async def test_who_closes_the_window_is_gone(site: Site) -> None:
    connection, process = await opened(site)
    await seen(process, b"hello")
    connection.abort()
    await until(lambda: bool(site.echo.gone))
    assert (site.echo.gone, await site.echo.terminals[0].read()) == ([""], Gone())
    site.echo.terminals[0].write(b"nobody is there")
    await site.echo.terminals[0].drained()
    assert site.echo.terminals[0].waiting == 0


async def test_e3_20_a_flood_of_resizes_is_told_once(site: Site) -> None:
    site.echo.paused = asyncio.Event()
    _, process = await opened(site)
    await seen(process, b"hello")
    for width in range(1, 3001):
        process.change_terminal_size(width, 50_000)
    process.stdin.write(b"x")
    line = next(iter(site.door.sessions)).channels[0]
    await until(lambda: line.channel.get_terminal_size()[0] == 3000)
    site.echo.paused.set()
    await seen(process, b"x by admin")
    resized = [event for event in site.echo.events if isinstance(event, Resized)]
    assert len(resized) <= 2
    assert resized[-1] == Resized(1000, 500)  # what no screen has is not believed
    assert Typed(b"x") in site.echo.events


async def test_a_terminal_that_does_not_read_is_not_written_to_for_ever(site: Site) -> None:
    _, process = await opened(site, window=65_536)
    await seen(process, b"hello")
    terminal = site.echo.terminals[0]
    for _ in range(100):
        terminal.write(b"x" * 10_000)
    assert terminal.waiting > 500_000
    waiting = asyncio.create_task(terminal.drained())
    await asyncio.sleep(0)
    assert not waiting.done()
    read = 0
    while read < 1_000_000:
        read += len(await process.stdout.read(100_000))
    await asyncio.wait_for(waiting, 5)


async def test_with_a_terminal_lines_end_in_full(site: Site) -> None:
    connection = await site.admin()
    done = await connection.run("notes shout hey", term_type="xterm", encoding=None)
    assert done.stdout == b"HEY\r\n"


async def test_a_key_for_one_operation_gets_no_terminal(site: Site) -> None:
    key = site.knows(actor("admin"), key="robot", operation="notes.list")
    connection = await site.connect(key)
    process = await connection.create_process(encoding=None)
    assert b"nothing" in await process.stdout.read()
    assert not site.echo.terminals
