"""Takes one snapshot."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing
from datetime import timedelta
from typing import IO, TYPE_CHECKING

from attrs import frozen

from newel import versions
from newel.contracts.backup import BLOBS_KEPT
from newel.contracts.blobs import Blobs
from newel.contracts.database import Database, Queries
from newel.structure import rfc3339
from newel_backup.repo import locks
from newel_backup.repo.faults import Damaged
from newel_backup.repo.files import FileLine, files_of
from newel_backup.repo.manifest import MOST_MISSING, KeptFiles, KeptPart, KeptStep, Snapshot, snapshot_from
from newel_backup.repo.repository import Repository
from newel_backup.repo.streams import Writer
from newel_backup.taking.files import FilesTaking
from newel_backup.taking.listing import listed, spooled
from newel_backup.taking.parts import LEDGER, Parts
from newel_backup.taking.tables import Reading, tables_taken

if TYPE_CHECKING:
    from newel.app import App

Told = Callable[[str, int, int], None]
"""Hears of the stage, the bytes that are done with, and the bytes there are (0: not known yet)."""
STEPS = f"SELECT plugin, number, name FROM {LEDGER} ORDER BY plugin, number"  # noqa: S608 - a name of ours


@frozen(kw_only=True)
class Order:
    """What is wanted."""

    site: str
    node: str = ""
    schedule: str = ""
    readers: int = 2
    locked_days: int = 0
    """For how long the target keeps what is written; what is older than half of it is written again."""


class Taking:
    """One backup. The site may be written to meanwhile."""

    def __init__(self, app: App, repository: Repository, order: Order, told: Told = lambda *_: None) -> None:
        self._app = app
        self._repository = repository
        self._order = order
        self._told = told
        self._done = 0
        self._total = 0
        self._stage = "tables"

    async def run(self) -> Snapshot:
        """Raises ``Locked``, ``Damaged``, ``BlobsAway``; then there is no snapshot, and what was written is used by the
        next one."""
        async with locks.held(self._repository, self._app.clock, "backup") as lock:
            since = ""
            if self._order.locked_days:
                since = rfc3339(self._app.clock.now() - timedelta(days=self._order.locked_days / 2))
                await self._repository.renew(since)
            present = await self._repository.present(since)
            last = await self._last()
            snapshot = await self._taken(present, last)
            await lock.still()
            await self._repository.put_manifest(snapshot.id, self._app.structurer.unstructure(snapshot))
            return snapshot

    async def _last(self) -> Snapshot | None:
        """The newest snapshot of this site that can be read: only to save work. Not one that came in a file: nobody
        vouches that what lies under a key in it is what lies there here."""
        for found in reversed(await self._repository.manifests()):
            try:
                last = snapshot_from(await self._repository.manifest(found), self._app.structurer)
            except Damaged:
                continue
            if last.site == self._order.site and not last.imported_at:
                return last
        return None

    async def _taken(self, present: set[str], last: Snapshot | None) -> Snapshot:
        app, order = self._app, self._order
        database, store = app.need(Database), app.find(Blobs)
        started = rfc3339(app.clock.now())
        parts = Parts.of(app)
        async with AsyncExitStack() as stack:
            if store is not None:
                await stack.enter_async_context(database.lock(BLOBS_KEPT))
            spool = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
            writer = await stack.enter_async_context(Writer(self._repository, present, self._dealt))
            async with database.snapshot(order.readers) as readers:
                at = rfc3339(app.clock.now())
                shapes = await database.tables()
                kept = parts.kept(shape.name for shape in shapes)
                readings = [Reading.of(database, one, kept[one.name]) for one in shapes if one.name in kept]
                steps = await self._steps(readers[0])
                self._total = await listed(parts, database, readers[0], spool) if store is not None else 0
                tables = await tables_taken(readers, readings, writer)
            self._stage = "files"
            files, missing = await self._files(store, writer, present, spool, last)
        names = {part.name: part for part in kept.values()}
        return Snapshot(
            id=app.ids.new(), repository=self._repository.config.id, site=order.site,
            node=order.node or platform.node(), newel=versions.VERSION, engine=database.server,
            schedule=order.schedule, started_at=started, at=at, ended_at=rfc3339(app.clock.now()),
            plugins={name: one.version for name, one in sorted(app.manifests.items())},
            steps=steps,
            parts=tuple(
                KeptPart(name=one.name, summary=one.summary, comes=one.comes) for _, one in sorted(names.items())
            ),
            tables=tables, files=files, missing=tuple(missing[:MOST_MISSING]), missing_count=len(missing),
            new_chunks=writer.counted.new, added=writer.counted.added,
        )  # fmt: skip

    def _dealt(self, size: int) -> None:
        self._done += size
        self._told(self._stage, self._done, self._total)

    async def _steps(self, reader: Queries) -> tuple[KeptStep, ...]:
        rows = await reader.fetch_all(STEPS)
        return tuple(KeptStep(plugin=row["plugin"], number=row["number"], name=row["name"]) for row in rows)

    async def _files(
        self, store: Blobs | None, writer: Writer, present: set[str], spool: IO[bytes], last: Snapshot | None
    ) -> tuple[KeptFiles, list[str]]:
        taking = FilesTaking(store, writer, present)
        known = None if last is None else _forgiving(files_of(self._repository, last.files.stream))
        files = await taking.run(spooled(spool), known)
        return files, taking.missing


async def _forgiving(lines: AsyncIterator[FileLine]) -> AsyncIterator[FileLine]:
    """A damaged list of the snapshot before only means that files are read again."""
    async with aclosing(lines):  # type: ignore[type-var]  # a generator
        try:
            async for line in lines:
                yield line
        except Damaged:
            return
