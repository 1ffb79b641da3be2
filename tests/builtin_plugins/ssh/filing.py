"""A bare SSH server with the trees of files, and OpenSSH's own clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncssh
from attrs import define, frozen

from newel.app import App
from newel.context import Actor
from newel_ssh.files import Factory, sftp_for


@define
class FakeVisitor:
    """Is who the test says, until it says ``None``."""

    who: Actor | None
    door: str = "ssh"
    ip: str | None = "192.0.2.7"

    async def actor(self) -> Actor | None:
        return self.who


class _Door(asyncssh.SSHServer):
    """Knows people by what they call themselves."""

    def __init__(self, at: At) -> None:
        self._at = at

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._conn = conn

    def begin_auth(self, username: str) -> bool:
        self._conn.set_extra_info(visitor=self._at.visitors[username])
        return False


@frozen
class At:
    """A site with its door."""

    app: App
    port: int
    visitors: dict[str, FakeVisitor]

    @property
    def options(self) -> list[str]:
        return [*_OPTIONS, "-P", str(self.port)]

    async def run(self, *words: str, stdin: str = "") -> tuple[int, str, str]:
        """One of OpenSSH's programs: exit status, output, errors. ``AT`` in a word is the host."""
        made = await asyncio.create_subprocess_exec(
            words[0], "-q", *self.options, *words[1:], stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await made.communicate(stdin.encode())
        return made.returncode or 0, out.decode(), err.decode()

    async def sftp(self, *commands: str, who: str = "editor") -> tuple[int, str, str]:
        """A batch; a ``-`` before a command lets it fail."""
        return await self.run("sftp", "-b", "-", f"{who}@127.0.0.1", stdin="\n".join(commands) + "\n")

    async def scp(self, *words: str, who: str = "editor") -> tuple[int, str, str]:
        """``:/path`` is at the host."""
        return await self.run("scp", *(f"{who}@127.0.0.1{word}" if word.startswith(":") else word for word in words))

    @asynccontextmanager
    async def client(self, who: str = "editor") -> AsyncIterator[asyncssh.SFTPClient]:
        """A client that sends what it is told, byte by byte if need be."""
        async with (
            asyncssh.connect("127.0.0.1", self.port, username=who, known_hosts=None, config=None) as conn,
            conn.start_sftp_client(path_encoding=None) as client,
        ):
            yield client


_OPTIONS = [
    word
    for option in ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentityAgent=none", "BatchMode=yes")
    for word in ("-o", option)
] + ["-F", "/dev/null"]  # fmt: skip


@asynccontextmanager
async def door(app: App, factory: Factory | None = None, kind: type[At] = At, **who: Actor) -> AsyncIterator[Any]:
    """On a free port of this machine, for these people."""
    visitors = {name: FakeVisitor(one) for name, one in who.items()}

    def serve(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        visitor = channel.get_connection().get_extra_info("visitor")
        return (factory or sftp_for(app, visitor))(channel)

    listener = await asyncssh.create_server(
        lambda: _Door(at), "127.0.0.1", 0, server_host_keys=[_KEY], sftp_factory=serve, allow_scp=True
    )
    async with listener:
        at = kind(app, listener.get_port(), visitors)
        yield at


_KEY = asyncssh.generate_private_key("ssh-ed25519")
