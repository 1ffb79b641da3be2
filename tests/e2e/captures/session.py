"""A program under a pseudo-terminal, whose every byte is kept with the moment at which it came."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyte
from attrs import Factory, define
from tests.support import environment

SECONDS = 20.0
"""How long something may take to be seen before the recording fails."""


@define
class Recorder:
    """Presses keys, looks at the screen, and keeps what came: seconds since the first byte, and the bytes."""

    file: int
    size: tuple[int, int]
    came: list[tuple[float, bytes]] = Factory(list)
    marks: list[tuple[float, str]] = Factory(list)
    _began: float = 0.0
    _screen: pyte.Screen = Factory(lambda self: pyte.Screen(*self.size), takes_self=True)
    _stream: pyte.ByteStream = Factory(lambda self: pyte.ByteStream(self._screen), takes_self=True)

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display)

    def mark(self, label: str) -> None:
        """A chapter begins here."""
        self.marks.append((time.monotonic() - self._began, label))

    def keys(self, *names: bytes, pause: float = 0.75) -> None:
        """One after the other, with the time between them that a person needs to see what it did."""
        for name in names:
            os.write(self.file, name)
            self.watch(pause)

    def type(self, text: str) -> None:
        self.keys(*(letter.encode() for letter in text), pause=0.14)

    def until(self, *texts: str, without: str = "") -> None:
        """Goes on when all these texts are on the screen, and another one is not."""
        deadline = time.monotonic() + SECONDS
        while not (all(text in self.text() for text in texts) and not (without and without in self.text())):
            if time.monotonic() > deadline:
                raise AssertionError(f"waited for {texts}; seen:\n{self.text()}")
            self.watch(0.02)

    def watch(self, seconds: float) -> None:
        """Keeps what comes in this time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.file], [], [], left)[0]:
                return
            try:
                data = os.read(self.file, 1 << 16)
            except OSError:  # the program has ended, and its terminal with it
                return
            now = time.monotonic()
            self._began = self._began or now
            self.came.append((now - self._began, data))
            self._stream.feed(data)


@contextmanager
def recorded(command: Sequence[str], size: tuple[int, int]) -> Iterator[Recorder]:
    """The program runs in a terminal of this many columns and rows until the end of the block."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
        env=environment(TERM="xterm-256color", LC_ALL="C.UTF-8"),
    )  # fmt: skip
    os.close(slave)
    try:
        yield Recorder(master, size)
    finally:
        process.terminate()
        process.wait(10)
        os.close(master)
