"""Media, as other plugins see it: what an upload is on its way in, what an asset is, and how assets are answered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from attrs import Factory, frozen

if TYPE_CHECKING:
    from newel.context import Call

Source = Literal["api", "archive", "resumable", "direct", "url", "import", "files"]
"""``files``: SFTP and its kin."""
Status = Literal["pending", "ready", "failed", "none"]
"""Of an asset's renditions: being made, all there, some could not be made, or there are none to make."""


@frozen(kw_only=True)
class Upload:
    """A file that has arrived whole and lies in the spool: the subject of the ``media_...store`` hooks.

    ``media_before_store`` may change ``name``, ``folder``, ``tags``, ``private`` and ``texts``.
    """

    name: str
    """As it will be shown; cleaned, with the extension of its type."""
    mime: str
    """By its content."""
    bytes: int
    sha256: str
    path: Path
    """To be read only. Gone when the act is over."""
    source: Source
    folder: str | None = None
    tags: tuple[str, ...] = ()
    private: bool = False
    texts: Mapping[str, Any] = Factory(dict)
    """``alt`` (by locale), ``caption``, ``credit``, ``copyright``, ``title``."""


@frozen(kw_only=True)
class UnknownType:
    """The subject of ``media_resolve_type``: content that nobody has recognised yet."""

    head: bytes
    """The first bytes, 8,192 at most."""
    name: str
    """What the client called it."""
    claimed: str
    """What the client says it is; empty: nothing."""


@frozen(kw_only=True)
class AssetEvent:
    """The subject of ``media_after_store`` and its kin: plain data, since it may be told by another process, later."""

    type: str
    """Always ``media``: events of one asset are told in order."""
    id: str
    name: str
    mime: str
    bytes: int
    sha256: str
    source: str = ""
    folder: str | None = None
    private: bool = False


class Media(Protocol):
    """The library of files."""

    async def shown(
        self, ids: Sequence[str], *, locale: str | None = None, private: bool = False
    ) -> Mapping[str, Mapping[str, Any]]:
        """Assets as readers get them: ``url``, ``alt`` in that locale, ``sources`` for ``<picture>`` and so on. Those
        that do not exist, or are not for this reader, are not there. A constant number of statements."""

    async def take(self, call: Call, pieces: AsyncIterator[bytes], said: Mapping[str, str]) -> Mapping[str, Any]:
        """Takes a file in, with no transaction open; answers the asset. ``said`` is what a form says in fields beside a
        file (``name``, ``folder`` ...), and the errors are those of a form: ``Forbidden``, ``Reject``, ``TooLarge``,
        ``Conflict``, ``Transient``. Where it raises or is cancelled before its transaction, nothing is in the library.
        """
