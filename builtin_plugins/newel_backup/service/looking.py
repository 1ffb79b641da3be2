"""Operations that only look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from newel import Call, operation
from newel_backup.model import (
    Differences,
    DiffOrder,
    Listing,
    OneSnapshot,
    OnTarget,
    PartRow,
    PlaceOrder,
    Pruned,
    PruneOrder,
    SnapshotDetails,
    SnapshotRow,
    Snapshots,
    Status,
    TableRow,
)
from newel_backup.permissions import BACKUP_READ
from newel_backup.work import place

if TYPE_CHECKING:
    from newel.contracts.database import Row
    from newel_backup.repo.manifest import Snapshot
    from newel_backup.status import Standing
    from newel_backup.work import Work


class Looking:
    """What there is, and how it stands."""

    def __init__(self, work: Work, standing: Standing) -> None:
        self._work = work
        self._standing = standing

    @operation("backup.status", needs=BACKUP_READ, http="GET /backup/status")
    async def status(self, call: Call) -> Status:
        """Tells how the backups stand: the last good one, what would be lost now, how long a restore takes."""
        return await self._standing.status()

    @operation("backup.list", needs=BACKUP_READ, http="GET /backup/snapshots")
    async def list(self, call: Call, order: OnTarget) -> Snapshots:
        """Lists the snapshots on a target, the newest first."""
        found = await self._work.snapshots(order.target)
        site = await self._work.site()
        known = {row["id"]: row for row in await self._work.known.snapshots(order.target)}
        return Snapshots(data=tuple(row_of(one, site, known) for one in reversed(found)))

    @operation("backup.show", needs=BACKUP_READ, http="GET /backup/snapshots/{id}")
    async def show(self, call: Call, order: OneSnapshot) -> SnapshotDetails:
        """Shows a snapshot with its parts and tables."""
        async with self._work.targets.repository(order.target) as repository:
            found = await self._work.snapshot(repository, order.id)
        known = {row["id"]: row for row in await self._work.known.snapshots(order.target)}
        return details_of(found, await self._work.site(), known)

    @operation("backup.diff", needs=BACKUP_READ, http="GET /backup/snapshots/{before}/diff")
    async def diff(self, call: Call, order: DiffOrder) -> Differences:
        """Tells what differs between two snapshots: rows by table, and files."""
        return await self._work.diff(order.target, order.before, order.after)

    @operation("backup.ls", needs=BACKUP_READ, http="GET /backup/snapshots/{id}/files")
    async def ls(self, call: Call, order: PlaceOrder) -> Listing:
        """Lists what lies at a place of a snapshot."""
        return await self._work.listed(order.target, order.id, place(order.path))

    @operation("backup.retention", needs=BACKUP_READ, http="POST /backup/retention")
    async def retention(self, call: Call, order: PruneOrder) -> Pruned:
        """Tells what pruning would take away, and why the rest stays."""
        keep = self._work.plain(order.keep)
        return await self._work.prune(order.target, keep, forget=order.forget, dry_run=True)


def row_of(one: Snapshot, site: str, known: Mapping[str, Row]) -> SnapshotRow:
    """``known``: what the site knows of its snapshots, by id."""
    row = known.get(one.id)
    took = datetime.fromisoformat(one.ended_at) - datetime.fromisoformat(one.started_at)
    return SnapshotRow(
        id=one.id, at=one.at, seconds=took.total_seconds(), rows=one.rows, files=one.files.count, bytes=one.bytes,
        added=one.added, missing=one.missing_count, schedule=one.schedule, engine=one.engine, newel=one.newel,
        node=one.node, ours=one.site == site, verified_at=None if row is None else row["verified_at"],
        drilled_at=None if row is None else row["drilled_at"], imported_at=one.imported_at,
    )  # fmt: skip


def details_of(found: Snapshot, site: str, known: Mapping[str, Row]) -> SnapshotDetails:
    rows: dict[str, int] = {}
    for table in found.tables.values():
        rows[table.part] = rows.get(table.part, 0) + table.stream.lines
    return SnapshotDetails(
        snapshot=row_of(found, site, known),
        parts=tuple(
            PartRow(name=one.name, summary=one.summary, comes=one.comes, rows=rows.get(one.name, 0))
            for one in found.parts
        ),
        tables=tuple(
            TableRow(name=name, part=one.part, rows=one.stream.lines, bytes=one.stream.bytes, sha256=one.stream.sha256)
            for name, one in sorted(found.tables.items())
        ),
        plugins=found.plugins,
        missing=found.missing,
    )
