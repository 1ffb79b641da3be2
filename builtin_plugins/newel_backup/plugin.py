"""Backups: hooks and the running part."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import hookimpl, operations_of
from newel.contracts.backup import Part
from newel.contracts.database import Database
from newel.contracts.gate import Gate
from newel.contracts.jobs import JobKind
from newel.contracts.migrations import Migration, Migrations
from newel_backup.config import BackupConfig
from newel_backup.migrations import STEPS
from newel_backup.restoring.after import as_new, tell_restored
from newel_backup.restoring.fence import FenceGate
from newel_backup.service.restoring import RestoreService
from newel_backup.targets import Targets

if TYPE_CHECKING:
    from click import Command

    from newel.app import App
    from newel.operations import Operation


class BackupPlugin:
    """Provides ``Backups``. What takes heavy libraries is imported when it runs."""

    def __init__(self, app: App, config: BackupConfig) -> None:
        self._app = app
        self._config = config
        self.targets = Targets(app, config)
        self._restores = RestoreService(app, self.targets)

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        return STEPS

    @hookimpl
    def register_backup_parts(self) -> Sequence[Part]:
        return [
            Part(name="site", summary="The site's id.", tables=("backup_state",), restored=as_new),
            Part(name="backup-log", summary="What the site knows of its backups.", tables=("backup_*",), comes="never"),
        ]

    @hookimpl
    def register_commands(self) -> Sequence[Command]:
        from newel_backup import commands_restore
        from newel_backup.commands import backup

        for one in commands_restore.COMMANDS:
            backup.add_command(one)
        return [backup]

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(self._restores)

    @hookimpl
    def register_jobs(self) -> Sequence[JobKind]:
        return self._restores.kinds()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        app = self._app
        app.need(Migrations)
        database = app.need(Database)
        app.provide(Gate, FenceGate(database, app.folder))
        if app.serving:
            await tell_restored(app, database)
        yield
