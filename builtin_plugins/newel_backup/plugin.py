"""Backups: hooks and the running part."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import hookimpl
from newel.contracts.backup import Part
from newel.contracts.migrations import Migration
from newel_backup.config import BackupConfig
from newel_backup.migrations import STEPS
from newel_backup.targets import Targets

if TYPE_CHECKING:
    from click import Command

    from newel.app import App


class BackupPlugin:
    """Provides ``Backups``. What takes heavy libraries is imported when it runs."""

    def __init__(self, app: App, config: BackupConfig) -> None:
        self._app = app
        self.config = config
        self.targets = Targets(app, config)

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
    def register_commands(self) -> Sequence[Command]:
        from newel_backup.commands import backup

        return [backup]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        yield
