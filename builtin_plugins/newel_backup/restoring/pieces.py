"""Brings pieces of a snapshot back into the present site: the snapshot runs beside it while they are taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from newel.contracts.backup import RestorablePiece
from newel.contracts.blobs import Blobs
from newel.contracts.database import Database
from newel.errors import BootError, Reject
from newel.hooks.backup import register_restorable_pieces
from newel_backup.checking.scratch import beside, scratch
from newel_backup.model import Pieces
from newel_backup.repo import locks
from newel_backup.restoring.files import restore_files
from newel_backup.restoring.loading import load

if TYPE_CHECKING:
    from newel import Call
    from newel.app import App
    from newel_backup.work import Work

Told = Callable[[str, int, int], None]


def known_pieces(app: App) -> Mapping[str, RestorablePiece]:
    """What can be asked for, by name. Raises ``BootError`` where two plugins bring one of the same name."""
    found: dict[str, RestorablePiece] = {}
    for owner, piece in app.collected(register_restorable_pieces):
        if piece.name in found:
            raise BootError(f"two plugins bring back a piece of backups called '{piece.name}', one of them is {owner}")
        found[piece.name] = piece
    return found


def piece_of(app: App, only: str) -> tuple[RestorablePiece, str]:
    """What ``type=post`` means. Raises ``Reject``."""
    name, _, value = only.partition("=")
    known = known_pieces(app)
    if (piece := known.get(name)) is None or bool(value) != piece.valued:
        there = ", ".join(f"{one}=..." if known[one].valued else one for one in sorted(known))
        raise Reject(f"'{only[:60]}' cannot be restored by itself; there is: {there}", code="no_piece")
    return piece, value


async def pieces_brought(
    app: App, work: Work, call: Call, target: str, wanted: str, only: str, *, at: str = "", dry_run: bool = False,
    told: Told = lambda *_: None,
) -> Pieces:  # fmt: skip
    """``app`` runs whole. Raises ``Reject``, ``NotFound``, ``Locked``, ``Damaged``; what an operation of the present
    site refuses is in the answer."""
    piece, value = piece_of(app, only)
    async with (
        work.targets.repository(target) as repository,
        locks.held(repository, app.clock, "restore"),
        scratch(app) as folder,
    ):
        snapshot = await work.snapshot(repository, wanted, at=at, site=await work.site())
        there = beside(app, folder)
        files = Blobs in there.plan.providers and "media" in piece.parts
        async with there.running_only(Database, *([Blobs] if files else [])):
            await load(there, repository, snapshot, there.need(Database), piece.parts, told)
            if files:
                await restore_files(repository, snapshot.files, there.need(Blobs), told)
        there = beside(app, folder)
        async with there.running():
            told(piece.name, 0, 0)
            found = await piece.bring(there, value, call, dry_run)
        return Pieces(
            snapshot=snapshot.id, at=snapshot.at, only=only, dry_run=dry_run, counts=dict(found.counts),
            faults=found.faults,
        )  # fmt: skip
