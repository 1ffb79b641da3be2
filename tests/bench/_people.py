"""Somebody at a terminal, over SSH: keys in, and what the terminal shows."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import perf_counter
from typing import Any

import asyncssh
import pyte

from tests.support import Site

WIDTH, HEIGHT = 120, 40
QUIET_SECONDS = 0.02
PATIENCE = 20


async def connect(site: Site, key: Any) -> asyncssh.SSHClientConnection:
    return await asyncssh.connect(
        "127.0.0.1", site.ssh_port, username="newel", client_keys=[key], known_hosts=None, config=None, agent_path=None
    )


class Person:
    """``seen`` is what came since it was cleared. ``lines`` are made on request: a terminal would take processor time
    from the server that is measured."""

    def __init__(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        self._process = process
        self._all = bytearray()
        self._came = asyncio.Event()
        self.seen = bytearray()
        self._reading = asyncio.ensure_future(self._read())

    @classmethod
    async def at(cls, connection: asyncssh.SSHClientConnection) -> Person:
        term = {"term_type": "xterm-256color", "term_size": (WIDTH, HEIGHT)}
        return cls(await connection.create_process(encoding=None, **term))

    async def _read(self) -> None:
        while data := await self._process.stdout.read(65536):
            self._all += data
            self.seen += data
            self._came.set()

    async def until(self, text: bytes) -> None:
        """Raises ``TimeoutError`` with what came instead."""
        try:
            async with asyncio.timeout(PATIENCE):
                while text not in self.seen:
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            raise TimeoutError(f"{text!r} did not come, but {bytes(self.seen[-2000:])!r}") from None

    async def quiet(self) -> None:
        """Returns when nothing more comes."""
        while True:
            self._came.clear()
            try:
                async with asyncio.timeout(QUIET_SECONDS):
                    await self._came.wait()
            except TimeoutError:
                return

    async def press(self, keys: bytes, text: bytes) -> float:
        """Seconds until the text is there, which nothing but these keys may bring; what came before does not count."""
        await self.quiet()
        self.seen.clear()
        begun = perf_counter()
        self._process.stdin.write(keys)
        await self.until(text)
        return perf_counter() - begun

    @property
    def lines(self) -> list[str]:
        screen = pyte.Screen(WIDTH, HEIGHT)
        pyte.ByteStream(screen).feed(bytes(self._all))
        return list(screen.display)

    def forget(self) -> None:
        """Memory of what came."""
        self._all.clear()
        self.seen.clear()

    async def leave(self) -> None:
        self._reading.cancel()
        with suppress(asyncio.CancelledError):
            await self._reading
