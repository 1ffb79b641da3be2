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
from newel_tui.terminal.painter import END, MOUSE_OFF, MOUSE_ON, START

T = TypeVar("T")
CHUNK = 65536
LOOK = 0.25
"""Seconds between two looks whether it is still in the background."""
SUSPEND = b"\x1a"
"""``ctrl+z``, on its own."""


class Console:
    """Keeps ``Terminal``. Made by ``console()``, in the main thread, with a loop that runs."""

    local = True

    def __init__(self, terminal: int, *, mouse: bool) -> None:
        self._terminal = terminal
        self._start = START + (MOUSE_ON if mouse else b"")
        self._end = (MOUSE_OFF if mouse else b"") + END
        self._before = termios.tcgetattr(terminal)
        self._loop = asyncio.get_running_loop()
        self._inputs: deque[Input] = deque()
        self._arrived = asyncio.Event()
        self._rest = bytearray()
        self._drained = asyncio.Event()
        self._gone: Gone | None = None
        self._given = False
        """Somebody else has the terminal: nothing is written."""
        self._back: asyncio.Handle = self._loop.call_soon(lambda: None)
        self._closed = False
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
        if self._gone is not None or self._given:
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
        self._caught()

    def close(self) -> None:
        self._closed = True
        self._back.cancel()
        for number in self._signals():
            self._loop.remove_signal_handler(number)
        self._loop.remove_reader(self._terminal)
        self._loop.remove_writer(self._terminal)
        if self._given:
            return
        os.set_blocking(self._terminal, True)
        try:
            os.write(self._terminal, bytes(self._rest))
            termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._before)
        except (OSError, termios.error):
            return  # nobody is there to see it

    def _signals(self) -> dict[int, Any]:
        return {
            signal.SIGWINCH: self._resized,
            signal.SIGHUP: lambda: self._goes(Gone("hung up")),  # where a person sent it, the terminal is still there
            signal.SIGTERM: lambda: self._goes(Gone("ended from outside")),
            signal.SIGINT: lambda: self._goes(Gone("interrupted")),
            signal.SIGTSTP: self._suspend,
            signal.SIGCONT: self._takes,
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
        self._uncaught()
        self._gives()
        # The whole job, as a wrapper that waits for this process would wait for ever. Not SIGSTOP: where no shell could
        # ever continue it (``docker exec``), the kernel leaves this signal out, and it goes on here at once.
        os.kill(0, signal.SIGTSTP)
        self._takes()
        self._caught()

    async def lent(self, work: Callable[[], T]) -> T:
        """Runs something that wants the terminal to itself, beside the loop; nothing is read or drawn meanwhile. What
        is pressed there to stop or to interrupt is that program's."""
        self._uncaught()
        self._loop.add_signal_handler(signal.SIGINT, lambda: None)
        self._gives()
        try:
            return await asyncio.to_thread(work)
        finally:
            self._takes()
            self._caught()

    def _caught(self) -> None:
        for number, what in self._signals().items():
            self._loop.add_signal_handler(number, what)

    def _uncaught(self) -> None:
        """Stopping is the system's affair, and so is going on."""
        for number in (signal.SIGTSTP, signal.SIGCONT):
            self._loop.remove_signal_handler(number)

    def _gives(self) -> None:
        """The terminal is as it was before ``open``; all that was written is there."""
        self._loop.remove_reader(self._terminal)
        self._loop.remove_writer(self._terminal)
        os.set_blocking(self._terminal, True)
        self._rest += self._end
        self._given = True
        try:
            while self._rest:
                del self._rest[: os.write(self._terminal, self._rest)]
            termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._before)
        except (OSError, termios.error):
            self._goes(Gone())

    def _takes(self) -> None:
        """As ``open``, after ``_gives`` or where somebody else changed the terminal; in the background once that has
        ended, which no shell tells to what runs already."""
        self._back.cancel()
        if self._gone is not None or self._closed:
            return
        if not self._in_front:
            self._given = True
            self._loop.remove_reader(self._terminal)
            self._loop.remove_writer(self._terminal)
            self._back = self._loop.call_later(LOOK, self._takes)
            return
        try:
            tty.setraw(self._terminal, termios.TCSADRAIN)  # what was typed ahead is not thrown away
        except termios.error:
            self._goes(Gone())
            return
        self._given = False
        os.set_blocking(self._terminal, False)
        self._loop.add_reader(self._terminal, self._readable)
        self.write(self._start)
        self._resized()

    @property
    def _in_front(self) -> bool:
        try:
            return os.tcgetpgrp(self._terminal) == os.getpgrp()
        except OSError:  # it is nobody's controlling terminal: there are no jobs
            return True

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


def needs_terminal() -> None:
    """Raises ``Reject`` where this process has none that can show screens."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Reject("this needs a terminal: standard input and output are none")
    if os.environ.get("TERM", "") in ("", "dumb"):
        raise Reject("this needs a terminal that can show screens: TERM is not set, or 'dumb'")


@contextmanager
def console(*, mouse: bool = False) -> Iterator[Console]:
    """This process's terminal, in raw mode inside the block. ``mouse``: whoever draws asks for clicks."""
    needs_terminal()
    # Opened anew: that writing may not block is this description's affair, and not that of the shell beside.
    terminal = os.open(os.ttyname(sys.stdin.fileno()), os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        made = Console(terminal, mouse=mouse)
        made.open()
        try:
            yield made
        finally:
            made.close()
    finally:
        os.close(terminal)
