"""Opening the door and shutting it. Imported only when a site is served: what it needs takes a while to load."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import asyncssh
from attrs import frozen

from newel.errors import BootError
from newel_ssh import algorithms
from newel_ssh.door import Door
from newel_ssh.files.trees import trees_of
from newel_ssh.hostkey import host_key
from newel_ssh.login import Login

if TYPE_CHECKING:
    from newel.app import App
    from newel_ssh.config import SshConfig

BACKLOG = 256
ASKED_TIMES = 3
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - not bound here; how to reach what is


@frozen
class Opened:
    door: Door
    port: int
    fingerprint: str

    def address(self, host: str) -> str:
        """How to get there, for a person."""
        return f"ssh -p {self.port} newel@{ANYWHERE.get(host, host)}"


@asynccontextmanager
async def opened(app: App, config: SshConfig) -> AsyncIterator[Opened]:
    """The door is open inside the block. Raises ``BootError`` where it cannot be."""
    logging.getLogger("asyncssh").setLevel(logging.ERROR)  # it tells commands and names, which may hold secrets
    trees_of(app)  # two of one name are told now, and not to somebody who looks for files
    key = await asyncio.to_thread(host_key, app.folder / config.host_key)
    algorithms.registered()
    door = Door(app, config)
    try:
        listener = await asyncssh.listen(
            config.host,
            config.port,
            server_factory=lambda: Login(door),
            server_host_keys=[key],
            server_version="Newel",
            kex_algs=algorithms.EXCHANGE,
            encryption_algs=algorithms.CIPHERS,
            mac_algs=algorithms.MACS,
            signature_algs=algorithms.SIGNATURES,
            compression_algs=("none",),
            public_key_auth=True,
            password_auth=config.passwords,
            kbdint_auth=False,
            host_based_auth=False,
            gss_host=None,
            agent_forwarding=False,
            x11_forwarding=False,
            login_timeout=config.login_seconds,
            keepalive_interval=config.keepalive_seconds,
            keepalive_count_max=ASKED_TIMES,
            encoding=None,
            line_editor=False,
            backlog=BACKLOG,
        )
    except (OSError, UnicodeError) as error:
        await door.close()
        raise _refused(error, config) from None
    try:
        yield Opened(door, listener.get_port(), key.get_fingerprint("sha256"))
    finally:
        listener.close()
        await door.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await listener.wait_closed()


def _refused(error: OSError | UnicodeError, config: SshConfig) -> BootError:
    """Why the address cannot be had, and what to do."""
    if isinstance(error, socket.gaierror | UnicodeError):
        return BootError(f"ssh.host: '{config.host}' is no address of this machine; try 127.0.0.1 or 0.0.0.0")
    match error.errno:
        case errno.EADDRINUSE:
            why = "it is in use. Stop the program that holds it, or choose another port: --set ssh.port=8423"
        case errno.EACCES | errno.EPERM:
            why = "this user may not. Choose a port from 1024 up"
        case errno.EADDRNOTAVAIL:
            why = "this machine has no such address; try 127.0.0.1 or 0.0.0.0"
        case _:
            why = error.strerror or str(error)
    return BootError(f"cannot listen on {config.host} port {config.port}: {why}")
