"""A bare SSH server with the trees of files, and OpenSSH's own clients."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh
from attrs import define, frozen
from tests.builtin_plugins.media.site import PLUGINS, Site

from newel.app import App
from newel.context import Actor
from newel.contracts.files import Node
from newel.testing import actor, make_app
from newel_ssh.files import Factory, sftp_for

EDITOR = actor("editor", "media.read", "media.write", "media.delete")
VIEWER = actor("viewer", "media.read")


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
    """``site`` with its door."""

    site: Site
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
async def files_at(
    *more: Any, factory: Factory | None = None, config: Mapping[str, Any] | None = None, plugins: Any = PLUGINS
) -> AsyncIterator[At]:
    """A door on a free port of this machine."""
    async with make_app([*plugins, *more], config or {}) as app, door(app, factory) as at:
        yield at


@asynccontextmanager
async def door(app: App, factory: Factory | None = None) -> AsyncIterator[At]:
    visitors = {"editor": FakeVisitor(EDITOR), "viewer": FakeVisitor(VIEWER)}

    def serve(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        visitor = channel.get_connection().get_extra_info("visitor")
        return (factory or sftp_for(app, visitor))(channel)

    listener = await asyncssh.create_server(
        lambda: _Door(at), "127.0.0.1", 0, server_host_keys=[_KEY], sftp_factory=serve, allow_scp=True
    )
    async with listener:
        at = At(Site(app), listener.get_port(), visitors)
        yield at


_KEY = asyncssh.generate_private_key("ssh-ed25519")


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below, by its path."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def mirror(folder: Path, files: int) -> Path:
    """A folder of small files in ten folders."""
    for number in range(files):
        place = folder / f"part {number % 10}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"note {number:03} æ.txt").write_text(f"the note {number}\n" * (number % 50 + 1))
    return folder


__all__ = ["EDITOR", "VIEWER", "At", "FakeVisitor", "Node", "door", "files_at", "hashes", "mirror"]
