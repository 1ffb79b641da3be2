"""What of a site is backed up, and what is told of backups. Plugins say it of their own tables and files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from attrs import field, frozen

from newel.bounds import Fault

if TYPE_CHECKING:
    from newel.app import App
    from newel.context import Call
    from newel.contracts.database import Database, Queries

Comes = Literal["always", "asked", "never"]
BLOBS_KEPT = "blobs-kept"
"""The database lock that a backup holds while it reads files. Whoever deletes files that a backup may have listed holds
it meanwhile; where it is taken, deleting waits for another day."""


@frozen(kw_only=True)
class KeptBlob:
    """A file in the site's store that belongs to a backup. What lies under a key never changes."""

    key: str
    size: int
    sha256: str = ""
    """Of its bytes, hex, where it is known: a backup then notices that they are no longer what they were."""


def _named(_: object, __: object, name: str) -> None:
    if not name.replace("-", "").isalnum() or not name.isascii() or name != name.lower():
        raise Fault("pattern", f"'{name}' is no name of a part: a-z, 0-9 and -")


@frozen(kw_only=True)
class Part:
    """A part of a site: tables that come back together, or not.

    Tables that no part names make a part called after their plugin, which always comes back.
    """

    name: str = field(validator=_named)
    """One word, unique in a site: ``users``. People say it to ask for it."""
    summary: str
    """What it is, for people."""
    tables: tuple[str, ...] = ()
    """Names; ``lua_*`` is every table that begins so. A longer match wins."""
    comes: Comes = "always"
    """Whether a restore brings it back: ``always``; only when it is ``asked`` for, since it gives rights or acts by
    itself; or ``never``, then it is not backed up either (sessions, leases, what is only a copy)."""
    needs: tuple[str, ...] = ()
    """Parts that come back with it, since its rows point at theirs."""
    blobs: Callable[[Database, Queries], AsyncIterator[KeptBlob]] | None = None
    """The part's files as the queries show them, in order of their keys. (The database only renders statements.)"""
    tables_made: Callable[[Database], Awaitable[None]] | None = None
    """Makes tables that no migration makes, from rows of other tables of the part, which are there then."""
    restored: Callable[[Database], Awaitable[None]] | None = None
    """Called when all rows are there, before anything runs on them: what must not begin to act by itself is paused."""


@frozen(kw_only=True)
class Checked:
    """What a look at restored data found."""

    looked: int
    """How many things were looked at."""
    faults: tuple[str, ...] = ()
    """Sentences; the first hundred."""


@frozen(kw_only=True)
class RestoreCheck:
    """A look at a plugin's own data on a site that was just restored and has started. ``look`` writes nothing."""

    name: str
    """``<plugin>.<noun>``: ``content.tree``."""
    summary: str
    """What is looked at, in a few words."""
    look: Callable[[], Awaitable[Checked]]


@frozen(kw_only=True)
class PiecesBrought:
    """What became of the pieces of a snapshot that came into the present site."""

    counts: Mapping[str, int]
    """By outcome: ``created``, ``updated``, ``unchanged``, ``failed``."""
    faults: tuple[str, ...] = ()
    """Sentences; the first hundred."""


@frozen(kw_only=True)
class RestorablePiece:
    """Something smaller than a part that can come back into a running site, by itself."""

    name: str = field(validator=_named)
    """Unique in a site: ``type`` in ``type=post``."""
    summary: str
    """What comes, and what it does to what is there."""
    parts: tuple[str, ...]
    """The parts of the snapshot that it is taken from."""
    valued: bool = True
    """Whether it is asked for with a value behind ``=``."""
    bring: Callable[[App, str, Call, bool], Awaitable[PiecesBrought]]
    """Called with a restored site that runs beside the present one, on trial; the value; the person's call; and whether
    nothing is to be changed. It writes by the present site's operations, so with the person's rights."""


@frozen(kw_only=True)
class BackupEvent:
    """A backup that was tried. Times are RFC 3339."""

    target: Annotated[str, "The target's name in the configuration."]
    schedule: Annotated[str, "The schedule that asked for it; empty: a person."] = ""
    snapshot: Annotated[str, "Its id; empty where there is none."] = ""
    started_at: str
    ended_at: str
    rows: int = 0
    files: int = 0
    bytes: Annotated[int, "What the snapshot holds, before compression."] = 0
    added: Annotated[int, "Bytes that were written to the target."] = 0
    missing: Annotated[int, "Files that the site's store did not have, or had other than they should be."] = 0
    error: Annotated[str, "Why it failed."] = ""


@frozen(kw_only=True)
class RestoredEvent:
    """A snapshot that took the place of what a site had."""

    snapshot: str
    target: str
    parts: tuple[str, ...]
