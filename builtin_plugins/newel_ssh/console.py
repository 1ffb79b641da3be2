"""Where commands over SSH run: the channel is standard input, output and error."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from newel.commands.console import Console
from newel.errors import Reject

if TYPE_CHECKING:
    from newel.app import App
    from newel.context import Call

PIECE = 32_768
END, INTERRUPT = b"\x04", b"\x03"


class SshConsole(Console):
    """``raw``: the other end is a terminal that sends keys as they are and wants line ends in full."""

    far = True

    def __init__(self, app: App, call: Call, ends: tuple[Any, Any, Any], *, raw: bool, lines: bool = False) -> None:
        super().__init__(app, call)
        self._stdin, self._stdout, self._stderr = ends
        self._raw = raw
        self._lines = lines

    async def out(self, text: str) -> None:
        await self._write(self._stdout, text)

    async def err(self, text: str) -> None:
        await self._write(self._stderr, text)

    async def stdin(self) -> AsyncIterator[bytes]:
        if self._lines:
            raise Reject("standard input holds the commands here: give the value, or run this command by itself")
        while data := await self._stdin.read(PIECE):
            if self._raw and (END in data or INTERRUPT in data):
                yield data.partition(END)[0].replace(b"\r", b"\n")
                return
            yield data.replace(b"\r", b"\n") if self._raw else data

    async def _write(self, end: Any, text: str) -> None:
        """As fast as the other end reads."""
        data = text.encode("utf-8", "replace")
        if self._raw:
            data = data.replace(b"\n", b"\r\n")
        for start in range(0, len(data), PIECE):
            end.write(data[start : start + PIECE])
            await end.drain()
