"""Where a command runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from newel.cli.output import rendered, tabled
from newel.errors import Reject, TooLarge

if TYPE_CHECKING:
    from newel.app import App
    from newel.context import Call

MOST_INPUT = 16 * 1024 * 1024
"""Bytes of standard input that a command may take as one value."""


class Console:
    """The application, the caller, and the ends of the line. Each door makes its own of it.

    ``out`` and ``err`` take text as it is to appear and return when the line takes more.
    """

    far = False
    """Whether the person is at another machine: files and secrets are not asked for, they are sent."""

    def __init__(self, app: App, call: Call) -> None:
        self.app = app
        self.call = call

    async def out(self, text: str) -> None:
        raise NotImplementedError

    async def err(self, text: str) -> None:
        raise NotImplementedError

    def stdin(self) -> AsyncIterator[bytes]:
        """Standard input, in pieces, to its end."""
        raise NotImplementedError

    async def file(self, name: str) -> str:
        """The text of a file of the person's."""
        raise Reject(
            f"@{name} would be a file of the server: send yours through standard input, and write - for the value"
        )

    async def text(self) -> str:
        """All of standard input as UTF-8. Raises ``TooLarge`` beyond ``MOST_INPUT``, ``Reject`` where it is no text."""
        found = bytearray()
        async for piece in self.stdin():
            found += piece
            if len(found) > MOST_INPUT:
                raise TooLarge(f"standard input is over {MOST_INPUT:,} bytes")
        try:
            return found.decode("utf-8")
        except UnicodeDecodeError:
            raise Reject("standard input is not UTF-8") from None

    async def say(self, line: str = "") -> None:
        """A line of output."""
        await self.out(f"{line}\n")

    async def show(self, value: Any, *, as_json: bool = False) -> None:
        """A JSON-like value, as every command prints it."""
        if text := rendered(value, as_json=as_json):
            await self.out(text)

    async def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        await self.out(tabled(head, rows))
