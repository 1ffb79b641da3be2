"""One worker process, as the server sees it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from newel import program
from newel_lua import wire

_TOLD = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT")
_START_SECONDS = 30.0
_LAST_WORDS = 4096
Message = dict[str, Any]


class Lost(Exception):
    """The worker does not come up, or is no more."""


class Process:
    """Sends orders, hands on what comes back. ``heard(call, message)`` gets each answer, ``ended(culprit)`` the number
    of the call that had the turn when the process ended without being asked to (``None``: nobody had)."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        heard: Callable[[int, Message], None],
        ended: Callable[[int | None], None],
    ) -> None:
        self._process = process
        self._heard = heard
        self._ended = ended
        self._turns: deque[int] = deque()
        self._machines: dict[int, int] = {}
        """Of each call that has been given a turn."""
        self._waiting: dict[int, deque[tuple[int, bytes]]] = {}
        """By machine: those that come when its turn has been answered."""
        self._closing = False
        self._words = bytearray()
        self._tasks: list[asyncio.Task[None]] = []
        self.box = ""
        """How it is confined."""
        self.alive = False

    @classmethod
    async def start(
        cls, limits: Message, heard: Callable[[int, Message], None], ended: Callable[[int | None], None]
    ) -> Process:
        """A worker that is ready. Raises ``Lost`` with the reason where it does not come up."""
        if absent := wire.missing():
            raise Lost(absent)
        one = cls(await _spawn(), heard, ended)
        try:
            async with asyncio.timeout(_START_SECONDS):
                one._write(limits)
                hello = await one._receive()
            if hello.get("t") != "ready":
                raise Lost(str(hello.get("m", "it says something else than that it is ready")))
        except BaseException as error:
            one._closing = True
            one.kill()
            await one._process.wait()
            one._close_pipe()
            if isinstance(error, TimeoutError):
                raise Lost(f"not ready after {_START_SECONDS:g} s") from None
            if isinstance(error, wire.Garbled | OSError):
                raise Lost(str(error)) from None
            raise
        one.box, one.alive = str(hello.get("box", "")), True
        one._tasks = [
            asyncio.create_task(one._read(), name="newel-lua-read"),
            asyncio.create_task(one._read_words(), name="newel-lua-words"),
        ]
        return one

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def words(self) -> str:
        """The last of what it wrote to standard error."""
        return self._words.decode(errors="replace").strip()

    def give(self, call: int, message: Message) -> None:
        """Gives a call its turn: one answer will come. Raises ``Lost``; ``wire.Garbled`` for what cannot be sent.

        A machine has one turn at a time: whoever makes many calls makes its own wait, and not those of its neighbours.
        """
        frame = wire.packed(message)
        if not self.alive:
            raise Lost("it has ended")
        machine: int = message["m"]
        if machine in self._waiting:
            self._waiting[machine].append((call, frame))
            return
        self._waiting[machine] = deque()
        self._turn(machine, call, frame)

    def drop(self, call: int, machine: int) -> None:
        """Nobody waits for this call any more."""
        waiting = self._waiting.get(machine, ())
        for one in [one for one in waiting if one[0] == call]:
            self._waiting[machine].remove(one)
        self.say({"t": "drop", "c": call, "m": machine})

    def say(self, message: Message) -> None:
        """Says what needs no answer."""
        if self.alive:
            self._send(wire.packed(message))

    def has_turn(self, call: int) -> bool:
        """Whether it is this call that runs right now, as far as can be known from outside."""
        return bool(self._turns) and self._turns[0] == call

    def held_up(self, call: int, machine: int) -> bool:
        """Whether another machine runs right now, and this call's turn is still to come."""
        waits = call in self._machines or any(one == call for one, _ in self._waiting.get(machine, ()))
        return waits and self._machines[self._turns[0]] != machine

    def kill(self) -> None:
        """Ends it now; ``ended`` follows."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                # Not Process.kill: it asks for the state first, and takes it away from the loop that waits for it.
                os.kill(self._process.pid, signal.SIGKILL)

    async def close(self) -> None:
        """Ends it for good: nobody is told."""
        self._closing, self.alive = True, False
        self.kill()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._process.wait()
        self._close_pipe()

    def _write(self, message: Message) -> None:
        self._send(wire.packed(message))

    def _turn(self, machine: int, call: int, frame: bytes) -> None:
        self._turns.append(call)
        self._machines[call] = machine
        self._send(frame)

    def _answered(self, call: int) -> None:
        self._turns.popleft()
        machine = self._machines.pop(call)
        if self._waiting[machine]:
            self._turn(machine, *self._waiting[machine].popleft())
        else:
            del self._waiting[machine]

    def _send(self, frame: bytes) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(frame)

    def _close_pipe(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()

    async def _receive(self) -> Message:
        stream = self._process.stdout
        if stream is None:
            raise Lost("no pipe")
        try:
            size = wire.length(await stream.readexactly(4))
            return await _taken(await stream.readexactly(size)) | {"size": size}
        except asyncio.IncompleteReadError:
            raise Lost("it has ended") from None

    async def _read(self) -> None:
        try:
            while True:
                message = await self._receive()
                call = message.get("c")
                if not self._turns or call != self._turns[0]:
                    raise Lost("it answers what was not asked")
                checked = self._checked(call, message)
                self._answered(checked)
                self._heard(checked, message)
        except (Lost, wire.Garbled, OSError) as error:
            self._words += f"\n{error}".encode()
        self.alive = False
        self.kill()
        await self._process.wait()
        self._close_pipe()
        if not self._closing:
            self._ended(self._turns[0] if self._turns else None)

    @staticmethod
    def _checked(call: Any, message: Message) -> int:
        """Whoever took the worker over can say anything: what is handed on has its shape at least."""
        shapes = {"ask": ("n", str, "a", list), "done": ("v", list, "v", list), "yield": ("v", list, "v", list),
                  "error": ("kind", str, "m", str)}  # fmt: skip
        kind = message.get("t")
        shape = shapes.get(kind) if isinstance(kind, str) else None
        if shape is None or type(call) is not int:
            raise Lost("it says what is no message")
        for key, kind in (shape[:2], shape[2:]):
            if not isinstance(message.get(str(key)), kind):
                raise Lost(f"its message lacks '{key}'")
        if not isinstance(message.get("notes", []), list):
            raise Lost("its notes are no list")
        return call

    async def _read_words(self) -> None:
        while self._process.stderr is not None and (piece := await self._process.stderr.read(4096)):
            self._words += piece
            del self._words[:-_LAST_WORDS]

    @property
    def died_of_processor(self) -> bool:
        """Whether its timer ended it (see ``worker``)."""
        return self._process.returncode == -signal.SIGPROF


async def _taken(text: bytes) -> Message:
    """What it said. A long message does not hold up everybody else."""
    short = True
    for _ in wire.measured(text):
        short = False
        await asyncio.sleep(0)
    if short:
        return wire.unpacked(text)
    found: Message = {}
    for message in wire.unpacking(text):
        found = message
        await asyncio.sleep(0)
    return found


async def _spawn() -> asyncio.subprocess.Process:
    # A fresh interpreter and not a fork: nothing of the server's memory, secrets and open files is in it.
    environment = {name: os.environ[name] for name in _TOLD if name in os.environ}
    environment |= {
        **program.paths(),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MALLOC_ARENA_MAX": "2",  # each takes 64 MB of address space, which is limited
    }
    return await asyncio.create_subprocess_exec(
        *program.module("newel_lua.worker"),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=environment, cwd="/", start_new_session=True, close_fds=True, limit=1 << 20,
    )  # fmt: skip
