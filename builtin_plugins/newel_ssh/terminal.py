"""A channel with a terminal at its other end (``newel.contracts.terminal``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncssh

from newel.contracts.terminal import Gone, Input, Resized, Typed
from newel_ssh.environment import told
from newel_ssh.line import Left, Line

PIECE = 16_384


class SshTerminal:
    """Keeps ``Terminal``."""

    local = False

    def __init__(self, line: Line, stdin: Any, stdout: Any) -> None:
        self._line = line
        self._stdin = stdin
        self._stdout = stdout
        self._gone: Gone | None = None
        self._environment = told(line.channel.get_terminal_type(), line.channel._env)

    @property
    def size(self) -> tuple[int, int]:
        return self._line.size

    @property
    def environment(self) -> Mapping[str, str]:
        return self._environment

    async def read(self) -> Input:
        if self._gone is not None:
            return self._gone
        try:
            data = await self._stdin.read(PIECE)
        except asyncssh.TerminalSizeChanged:
            self._line.resized = False
            return Resized(*self.size)
        except Left:
            data = b""
        except (asyncssh.Error, OSError):  # the line broke
            data = b""
        if data:
            return Typed(data)
        self._gone = Gone(self._line.why)
        return self._gone

    def write(self, data: bytes) -> None:
        if not self._line.lost.is_set() and not self._line.channel.is_closing():
            self._stdout.write(data)

    @property
    def waiting(self) -> int:
        return 0 if self._line.lost.is_set() else int(self._line.channel.get_write_buffer_size())

    async def drained(self) -> None:
        try:
            await self._stdout.drain()
        except (asyncssh.Error, OSError):  # nobody is there: nothing to wait for
            return
