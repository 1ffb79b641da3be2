"""Restores a snapshot on trial: into a scratch database and folder, started and looked at, and removed again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from newel.contracts.backup import RestoreCheck
from newel.contracts.blobs import Blobs
from newel.contracts.database import Database
from newel.errors import NewelError
from newel.hooks.backup import register_restore_checks
from newel_backup.checking.scratch import beside, scratch
from newel_backup.model import Drilled, DrillStep
from newel_backup.repo import locks
from newel_backup.restoring.files import restore_files
from newel_backup.restoring.loading import load
from newel_backup.taking.parts import Parts

if TYPE_CHECKING:
    from newel.app import App
    from newel_backup.repo.manifest import Snapshot
    from newel_backup.repo.repository import Repository
    from newel_backup.work import Work

FAULTS = 20
"""Faults of a step that a report names."""
Told = Callable[[str, int, int], None]


class Drill:
    """One trial. The site it restores runs beside ours, on SQLite and a folder, with no door open; nothing of ours is
    touched, and its doors, jobs and events do not run."""

    def __init__(self, app: App, work: Work, told: Told = lambda *_: None) -> None:
        self._app = app
        self._work = work
        self._told = told
        self._steps: list[DrillStep] = []

    async def run(self, target: str, wanted: str) -> Drilled:
        """A restore that fails is no error of this: the answer says where. Raises what keeps it from being tried:
        ``NotFound``, ``Locked``, ``WrongKey``, ``BlobsAway``."""
        app, begun = self._app, monotonic()
        self._steps = []
        async with (
            self._work.targets.repository(target) as repository,
            locks.held(repository, app.clock, "drill"),
            scratch(app) as folder,
        ):
            snapshot = await self._work.snapshot(repository, wanted, site=await self._work.site())
            seconds = 0.0
            try:
                await self._restored(repository, snapshot, folder)
                seconds = monotonic() - begun
                await self._looked_at(folder)
            except (NewelError, OSError) as error:
                self._steps.append(DrillStep(name="restore", ok=False, seconds=0.0, faults=(str(error),)))
        return Drilled(
            ok=all(step.ok for step in self._steps), snapshot=snapshot.id, at=snapshot.at, target=target,
            rows=snapshot.rows, files=snapshot.files.count, bytes=snapshot.bytes, missing=snapshot.missing_count,
            seconds=round(seconds or monotonic() - begun, 3), steps=tuple(self._steps),
        )  # fmt: skip

    async def _restored(self, repository: Repository, snapshot: Snapshot, folder: Path) -> None:
        there = beside(self._app, folder)
        store = Blobs in there.plan.providers
        async with there.running_only(Database, *([Blobs] if store else [])):
            begun = monotonic()
            # As plugins here say: what a manifest calls otherwise would be left out, and all seem well.
            parts = {part.name for part in Parts.of(there).kept(snapshot.tables).values()}
            loaded = await load(there, repository, snapshot, there.need(Database), parts, self._told)
            left = tuple(f"{name} was not restored: its plugin is not on" for name in loaded.left)
            self._done("tables", begun, looked=sum(loaded.rows.values()), notes=left)
            if store:
                begun = monotonic()
                files = await restore_files(repository, snapshot.files, there.need(Blobs), self._told)
                self._done("files", begun, looked=files.count)

    async def _looked_at(self, folder: Path) -> None:
        begun = monotonic()
        there = beside(self._app, folder)
        async with there.running():  # which migrates forward
            failed = tuple(str(one) for one in there.failures)
            self._done("start", begun, looked=len(there.plugins), faults=failed)
            begun = monotonic()
            self._done("database", begun, looked=1, faults=tuple(await there.need(Database).check()))
            for _, check in there.collected(register_restore_checks):
                await self._look(check)

    async def _look(self, check: RestoreCheck) -> None:
        begun = monotonic()
        self._told(check.name, 0, 0)
        try:
            found = await check.look()
        except NewelError as error:
            self._done(check.name, begun, faults=(str(error),))
            return
        self._done(check.name, begun, looked=found.looked, faults=found.faults)

    def _done(self, name: str, begun: float, **details: Any) -> None:
        faults = details.pop("faults", ())
        self._steps.append(
            DrillStep(
                name=name, ok=not faults, seconds=round(monotonic() - begun, 3), faults=faults[:FAULTS], **details
            )
        )
