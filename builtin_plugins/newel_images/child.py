"""One worker, as the server sees it."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import Any

from newel import program
from newel_images import wire

_TOLD = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT")
_START_SECONDS = 30.0
_LAST_WORDS = 4096


class Lost(Exception):
    """The worker ended without an answer."""


class Gone(Lost):
    """It had ended before it took the order, so the order is not the reason."""


class Child:
    """A process that does one job at a time. Whoever is cancelled or gives up while it works has to ``kill`` it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._words = bytearray()
        self._reading = asyncio.create_task(self._read_words(), name="newel-images-words")
        self.done = 0
        """Jobs so far."""
        self.network = ""
        """How it is kept off the network."""
        self.worn = False
        """Whether it asked to be replaced."""

    @classmethod
    async def start(cls, *, memory: int, file: int, cpu: int, nice: int = 0) -> Child:
        """A worker that is ready. Raises ``Lost`` with the reason where it does not come up."""
        child = cls(await _spawn([str(memory), str(file), str(cpu), str(nice)]))
        try:
            async with asyncio.timeout(_START_SECONDS):
                hello = await child._receive()
            if "broken" in hello:
                raise Lost(str(hello["broken"]))
            child.network = str(hello["network"])
        except BaseException as error:
            await child.kill()
            if isinstance(error, TimeoutError):
                raise Lost(f"not ready after {_START_SECONDS:g} s") from None
            raise
        return child

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    @property
    def words(self) -> str:
        """The last of what it wrote to standard error."""
        return self._words.decode(errors="replace").strip()

    async def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """Sends an order, awaits the answer. Raises ``Lost``; ``Gone``."""
        self.done += 1
        try:
            if self._process.stdin is not None:
                self._process.stdin.write(wire.packed(order))
                await self._process.stdin.drain()
            await self._receive()
        except (OSError, Lost) as error:
            raise Gone(str(error)) from None
        answer = await self._receive()
        self.worn = bool(answer.get("worn"))
        return answer

    async def kill(self) -> None:
        """Ends it with all that it started, now."""
        # Its own group: a program that makes posters goes with it.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._gone()

    async def end(self) -> None:
        """Lets it go: it ends when its input does."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await self._process.wait()
        except TimeoutError:
            await self.kill()
        await self._gone()

    async def _gone(self) -> None:
        await self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._reading

    async def _receive(self) -> dict[str, Any]:
        stream = self._process.stdout
        if stream is None:
            raise Lost("no pipe")
        try:
            size = wire.length(await stream.readexactly(4))
            return wire.unpacked(await stream.readexactly(size))
        except asyncio.IncompleteReadError:
            raise Lost("it has ended") from None
        except (wire.Garbled, OSError) as error:
            raise Lost(str(error)) from None

    async def _read_words(self) -> None:
        while self._process.stderr is not None and (piece := await self._process.stderr.read(4096)):
            self._words += piece
            del self._words[:-_LAST_WORDS]


async def _spawn(arguments: list[str]) -> asyncio.subprocess.Process:
    # A fresh interpreter and not a fork: nothing of the server's memory, secrets and open files is in it. Where the
    # packages lie is told, and the present folder, where strangers' files may be, is not among it.
    environment = {name: os.environ[name] for name in _TOLD if name in os.environ}
    environment |= {
        **program.paths(),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MALLOC_ARENA_MAX": "2",  # each takes 64 MB of address space, which is limited
        "OMP_NUM_THREADS": "1",
    }
    return await asyncio.create_subprocess_exec(
        *program.module("newel_images.worker"), *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=environment, cwd="/", start_new_session=True, close_fds=True,
    )  # fmt: skip
