"""Backups: hooks and the running part."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from newel import hookimpl, operations_of
from newel.contracts.backup import Part
from newel.contracts.database import Database
from newel.contracts.files import FileTree
from newel.contracts.gate import Gate
from newel.contracts.jobs import JobKind, Schedule
from newel.contracts.migrations import Migration
from newel.contracts.site import Backups, Finding, HealthCheck, Metric
from newel.contracts.tui import Screen
from newel.operations import Operation
from newel_backup.browsing.tree import BackupTree
from newel_backup.chores import Chores
from newel_backup.config import BackupConfig
from newel_backup.keeping.private import looked_at
from newel_backup.migrations import STEPS
from newel_backup.restoring.after import tell_restored
from newel_backup.restoring.fence import FenceGate
from newel_backup.restoring.journal import FILE
from newel_backup.service.doing import Doing
from newel_backup.service.looking import Looking
from newel_backup.service.restoring import Restores
from newel_backup.status import Standing
from newel_backup.watching import Watch
from newel_backup.work import Work

if TYPE_CHECKING:
    from click import Command

    from newel.app import App

MINUTE = 60.0


class BackupPlugin:
    """Provides ``Backups``. What takes heavy libraries is imported when it is asked for."""

    def __init__(self, app: App, config: BackupConfig) -> None:
        self._app = app
        self._config = config
        self.work = Work(app, config)
        self.standing = Standing(app, config)
        self.watch = Watch(app, self.standing)
        self._chores = Chores(app, config, self.work)
        self._restores = Restores(app, self.work)

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        return STEPS

    @hookimpl
    def register_backup_parts(self) -> Sequence[Part]:
        return [
            Part(name="site", summary="The site's id.", tables=("backup_state",)),
            Part(name="backup-log", summary="What the site knows of its backups.", tables=("backup_*",), comes="never"),
        ]

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(Looking(self.work, self.standing), Doing(self._app, self.work), self._restores)

    @hookimpl
    def register_jobs(self) -> Sequence[JobKind]:
        return [*self._chores.kinds(), *self._restores.kinds()]

    @hookimpl
    def register_schedules(self) -> Sequence[Schedule]:
        return self._chores.schedules()

    @hookimpl
    def register_file_trees(self) -> Sequence[FileTree]:
        return [BackupTree(self.work)]

    @hookimpl
    def register_screens(self) -> Sequence[Screen]:
        from newel_backup.screens import screens

        return screens()

    @hookimpl
    def register_health_checks(self) -> Sequence[HealthCheck]:
        return [
            HealthCheck(name="backup.standing", summary="Backups are as new as promised", look=self._look),
            HealthCheck(
                name="backup.private",
                summary="Who may read backups and their keys",
                running=False,
                look=lambda: asyncio.to_thread(looked_at, self._app.folder, self._config),
            ),
            HealthCheck(name="backup.fence", summary="Writes are taken: the site was not moved", look=self._open),
        ]

    @hookimpl
    def register_metrics(self) -> Sequence[Metric]:
        return [
            Metric(
                name="backup_age_seconds", unit="seconds", read=self._age, every=MINUTE, label="target",
                summary="How old the newest backup is that was read back.",
            ),
            Metric(
                name="backup_snapshots", read=self._count, every=MINUTE, label="target",
                summary="Snapshots of this site, as it knows.",
            ),
            Metric(
                name="backup_promised_seconds", unit="seconds", read=lambda: self._config.rpo_hours * 3600.0,
                summary="How old the newest backup that was read back may be: `backup.rpo_hours`; 0: no promise.",
            ),
        ]  # fmt: skip

    @hookimpl
    def register_commands(self) -> Sequence[Command]:
        from newel_backup.commands import backup

        return [backup]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        app = self._app
        app.provide(Backups, self.standing)
        database = app.need(Database)
        app.provide(Gate, FenceGate(database, app.folder))
        if app.serving:
            if await asyncio.to_thread((app.folder / FILE).exists):
                from newel_backup.restoring.run import Restoring

                await Restoring(app, self.work, database).settle()
            await tell_restored(app, database)
        yield

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        async with self.watch.watching():
            yield

    async def _look(self) -> Finding:
        return (await self.standing.standing()).finding

    async def _open(self) -> Finding:
        if told := await FenceGate(self._app.need(Database), self._app.folder).closed():
            return Finding(state="failing", detail=told, remedy="Start it again: newel.toml names its new database.")
        return Finding(detail="writes are taken")

    async def _age(self) -> dict[str, float]:
        """None of a target that has no such backup: an alert asks for absence, too."""
        now = self._app.clock.now()
        rows = (await self.standing.status()).targets
        return {
            one.name: (now - datetime.fromisoformat(one.verified_at)).total_seconds() for one in rows if one.verified_at
        }

    async def _count(self) -> dict[str, float]:
        return {one.name: float(one.snapshots) for one in (await self.standing.status()).targets}
