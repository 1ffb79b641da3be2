"""A person's terminal, as whoever holds the line gives it to the terminal admin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias

from attrs import frozen

if TYPE_CHECKING:
    from newel.context import Actor


@frozen
class Typed:
    """Bytes from the keyboard, as they came."""

    data: bytes


@frozen
class Resized:
    """The terminal has this size now, in characters."""

    width: int
    height: int


@frozen
class Gone:
    """Nobody is there any more. ``why`` is a sentence for the person, if they still see it; empty where they left."""

    why: str = ""


Input: TypeAlias = Typed | Resized | Gone


class Terminal(Protocol):
    """The far end. One reader, one writer."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in characters, as last told; at least 1 by 1."""

    @property
    def environment(self) -> Mapping[str, str]:
        """``TERM``, and of ``COLORTERM``, ``NO_COLOR``, ``LANG``, ``LC_ALL`` what the person's side told."""

    @property
    def local(self) -> bool:
        """Whether this process runs on the person's own machine: files can be read, an editor can be started."""

    async def read(self) -> Input:
        """What happens next. After ``Gone`` always ``Gone``."""

    def write(self, data: bytes) -> None:
        """Sends bytes; does not wait, and does nothing once nobody is there."""

    @property
    def waiting(self) -> int:
        """Bytes written that have not left yet: whoever draws waits while they are many."""

    async def drained(self) -> None:
        """Until the line takes more."""


class Visitor(Protocol):
    """Who is at a terminal, for as long as they are there."""

    @property
    def door(self) -> str:
        """``ssh`` or ``tui``."""

    @property
    def ip(self) -> str | None: ...

    async def actor(self) -> Actor | None:
        """Who acts, with the rights of this moment; ``None`` where their key, session or account has ended, upon which
        the line is cut. Asked before each act: one statement."""


class TerminalAdmin(Protocol):
    """The administration in a terminal."""

    async def serve(self, terminal: Terminal, visitor: Visitor) -> int:
        """Until the person quits (0), leaves, or is sent away (1). The terminal is as it was before then. What was
        typed and not sent is kept also when this is cancelled."""
