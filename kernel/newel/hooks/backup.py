"""Hooks of backups: what belongs to them, and how they went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

# Not only for checkers: the outbox reads from the annotation what a subject was before it was written down.
from newel.contracts.backup import BackupEvent, RestoredEvent
from newel.spec import collect, notify

if TYPE_CHECKING:
    from newel.app import App
    from newel.context import Call
    from newel.contracts.backup import Part, RestorablePiece, RestoreCheck


@collect
def register_backup_parts() -> Sequence[Part]:  # type: ignore[empty-body]  # a declaration
    """What the plugin's tables and files are to a backup. Two parts that claim the same are a boot error."""


@collect
def register_restore_checks() -> Sequence[RestoreCheck]:  # type: ignore[empty-body]  # a declaration
    """Looks at the plugin's own data that a trial of a restore takes, on the restored site. Names are unique in a
    site."""


@collect
def register_restorable_pieces() -> Sequence[RestorablePiece]:  # type: ignore[empty-body]  # a declaration
    """What of the plugin's data can come back by itself, without the rest of a snapshot. Names are unique in a site."""


@notify
def backup_succeeded(event: BackupEvent, call: Call, app: App) -> None:
    """A backup was made: its manifest is on the target."""


@notify
def backup_failed(event: BackupEvent, call: Call, app: App) -> None:
    """A backup was tried and there is none."""


@notify
def site_restored(event: RestoredEvent, call: Call, app: App) -> None:
    """The site runs on what was restored: told once, at its first start on it."""
