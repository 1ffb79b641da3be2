"""The terminal of this process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import termios
import tty
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from newel import Reject
from newel.contracts.terminal import Gone, Input, Resized, Typed
from newel_tui.terminal.painter import END, START

T = TypeVar("T")
CHUNK = 65536
SUSPEND = b"\x1a"
"""``ctrl+z``, on its own."""


class Console:
    """Keeps ``Terminal``. Made by ``console()``, in the main thread, with a loop that runs."""

    local = True

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._before = termios.tcgetattr(terminal)
        self._loop = asyncio.get_running_loop()
        self._inputs: deque[Input] = deque()
        self._arrived = asyncio.Event()
        self._rest = bytearray()
        self._drained = asyncio.Event()
        self._gone: Gone | None = None
        self.environment: Mapping[str, str] = dict(os.environ)

    @property
    def size(self) -> tuple[int, int]:
        size = os.get_terminal_size(self._terminal)
        return max(1, size.columns), max(1, size.lines)

    async def read(self) -> Input:
        while not self._inputs:
            if self._gone is not None:
                return self._gone
            self._arrived.clear()
            await self._arrived.wait()
        return self._inputs.popleft()

    def write(self, data: bytes) -> None:
        if self._gone is not None:
            return
        self._rest += data
        self._flush()

    @property
    def waiting(self) -> int:
        return len(self._rest)

    async def drained(self) -> None:
        while self._rest and self._gone is None:
            self._drained.clear()
            await self._drained.wait()

    # -- the line -------------------------------------------------------------------------------------------------

    def open(self) -> None:
        tty.setraw(self._terminal)
        self._loop.add_reader(self._terminal, self._readable)
        for number, what in self._signals().items():
            self._loop.add_signal_handler(number, what)

    def close(self) -> None:
        for number in self._signals():
            self._loop.remove_signal_handler(number)
        self._loop.remove_reader(self._terminal)
        self._loop.remove_writer(self._terminal)
        os.set_blocking(self._terminal, True)
        try:
            os.write(self._terminal, bytes(self._rest))
            termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._before)
        except (OSError, termios.error):
            return  # nobody is there to see it

    def _signals(self) -> dict[int, Any]:
        return {
            signal.SIGWINCH: self._resized,
            signal.SIGHUP: lambda: self._goes(Gone()),
            signal.SIGTERM: lambda: self._goes(Gone("ended from outside")),
            signal.SIGINT: lambda: self._goes(Gone("interrupted")),
            signal.SIGTSTP: self._suspend,
        }

    def _readable(self) -> None:
        try:
            data = os.read(self._terminal, CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data == SUSPEND:
            self._suspend()
        elif data:
            self._hears(Typed(data))
        else:
            self._goes(Gone())

    def _resized(self) -> None:
        # One that waits is enough: where many come, only the last counts.
        self._inputs = deque(one for one in self._inputs if not isinstance(one, Resized))
        self._hears(Resized(*self.size))

    def _suspend(self) -> None:
        """The shell has the terminal until ``fg``."""
        self._flush()
        os.write(self._terminal, END)
        raw = termios.tcgetattr(self._terminal)
        termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._before)
        os.kill(os.getpid(), signal.SIGSTOP)  # goes on here after SIGCONT
        termios.tcsetattr(self._terminal, termios.TCSADRAIN, raw)
        os.write(self._terminal, START)
        self._resized()

    async def lent(self, work: Callable[[], T]) -> T:
        """Runs something that wants the terminal to itself, beside the loop; nothing is read or drawn meanwhile."""
        self._flush()
        os.write(self._terminal, END)
        raw = termios.tcgetattr(self._terminal)
        os.set_blocking(self._terminal, True)
        termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._before)
        self._loop.remove_reader(self._terminal)
        try:
            return await asyncio.to_thread(work)
        finally:
            termios.tcsetattr(self._terminal, termios.TCSADRAIN, raw)
            os.set_blocking(self._terminal, False)
            os.write(self._terminal, START)
            self._loop.add_reader(self._terminal, self._readable)
            self._resized()

    def _hears(self, one: Input) -> None:
        self._inputs.append(one)
        self._arrived.set()

    def _goes(self, gone: Gone) -> None:
        self._loop.remove_reader(self._terminal)
        if gone.why:
            self._inputs.append(gone)
        else:
            self._rest.clear()
            self._gone = gone
        self._arrived.set()
        self._drained.set()

    def _flush(self) -> None:
        try:
            while self._rest:
                del self._rest[: os.write(self._terminal, self._rest[:CHUNK])]
        except BlockingIOError:
            self._loop.add_writer(self._terminal, self._flush)
            return
        except OSError:
            self._goes(Gone())
            return
        self._loop.remove_writer(self._terminal)
        self._drained.set()


@contextmanager
def console() -> Iterator[Console]:
    """This process's terminal, in raw mode inside the block."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Reject("this needs a terminal: standard input and output are none")
    # Opened anew: that writing may not block is this description's affair, and not that of the shell beside.
    terminal = os.open(os.ttyname(sys.stdin.fileno()), os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        made = Console(terminal)
        made.open()
        try:
            yield made
        finally:
            made.close()
    finally:
        os.close(terminal)
