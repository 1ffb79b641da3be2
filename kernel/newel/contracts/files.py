"""Trees of files that are none on any disk: what SFTP and SCP show of a site.

A plugin brings a tree for each thing of its own that people want to handle as files (``register_file_trees``); the door
shows them side by side below ``/``. Paths are tuples of names below the tree's root, ``()`` the root itself; a name is
never empty, ``.`` or ``..`` and holds no ``/`` and no control character: doors see to it.

Errors are those of ``newel.errors``: ``NotFound``, ``Forbidden``, ``Conflict`` (it is there already, or not empty),
``Reject`` (this cannot be kept here), ``TooLarge``. Rights are those of the operations that a tree runs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeAlias

from attrs import frozen

from newel.context import SIGNED_IN

if TYPE_CHECKING:
    from newel.context import Call, Permission

Path: TypeAlias = tuple[str, ...]


@frozen(kw_only=True)
class Node:
    """A file or a folder. ``size`` is in bytes; ``None`` where it is known only by reading."""

    name: str
    folder: bool = False
    size: int | None = 0
    changed: datetime | None = None
    writable: bool = False


class Reading(Protocol):
    """An open file."""

    async def read(self, offset: int, size: int) -> bytes:
        """At most ``size`` bytes from there; empty at the end. A file that is made while it is read takes offsets in
        order only."""

    async def close(self) -> None: ...


class Writing(Protocol):
    """A file that is being sent. Nothing of it is seen before ``finish``."""

    async def write(self, offset: int, data: bytes) -> None: ...

    async def finish(self, call: Call) -> str:
        """All has arrived: it is taken, or refused with the reason. ``call`` has the rights of this moment.

        Answers what it is called now: a tree may clean a name.
        """

    async def abort(self) -> None:
        """The line broke, or the door gave up: nothing of it stays. Does nothing after ``finish``."""


class FileTree(Protocol):
    """One tree. Each method gets the person's call, with no transaction open."""

    @property
    def name(self) -> str:
        """What it is called below ``/``: lower case letters, digits and ``-``."""

    @property
    def needs(self) -> Permission:
        """Who sees that it is there."""
        return SIGNED_IN

    async def stat(self, call: Call, path: Path) -> Node: ...

    def list(self, call: Call, path: Path) -> AsyncIterator[Sequence[Node]]:
        """The nodes of a folder, in pages."""

    async def open(self, call: Call, path: Path) -> Reading: ...

    async def create(self, call: Call, path: Path) -> Writing:
        """A new file, or a new content of one that is there."""

    async def make_folder(self, call: Call, path: Path) -> None: ...
    async def remove(self, call: Call, path: Path) -> None: ...
    async def remove_folder(self, call: Call, path: Path) -> None:
        """Only an empty one."""

    async def rename(self, call: Call, old: Path, new: Path) -> None:
        """Also into another folder. What is there already stays: ``Conflict``."""
