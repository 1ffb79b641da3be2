"""Who holds a port is found out by asking."""

from __future__ import annotations

import asyncio
import errno
import socket

import pytest

from newel import ports


@pytest.mark.parametrize(("says", "state"), [(b"SSH-2.0-Newel\r\n", "ok"), (b"SSH-2.0-OpenSSH_9\r\n", "failing")])
async def test_a_port_that_is_held(says: bytes, state: str) -> None:
    def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(says)
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        found = await ports.look("127.0.0.1", port, lambda said: said.startswith(b"SSH-2.0-Newel"))
    assert found.state == state
    assert f"127.0.0.1:{port}" in found.detail


async def test_a_port_that_is_free_and_an_address_that_is_not_ours() -> None:
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
    assert (await ports.look("127.0.0.1", port, bool)).detail == f"127.0.0.1:{port} is free"
    assert (await ports.look("192.0.2.1", port, bool)).state == "failing"
    assert (await ports.look("", 0, bool)).state == "ok"


async def test_looking_at_a_free_port_takes_no_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    """A visitor of the site that is about to start there would be lost."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def listen(*_: int) -> None:
        raise OSError(errno.EPERM, "it listened")

    monkeypatch.setattr(socket.socket, "listen", listen, raising=False)
    assert (await ports.look("127.0.0.1", port, bool)).detail == f"127.0.0.1:{port} is free"
