"""The trail: hooks and the running part."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import hookimpl, operations_of
from newel.contracts.audit import Audit
from newel.contracts.backup import Part
from newel.contracts.database import Database
from newel.contracts.migrations import Migration
from newel.contracts.tui import Screen
from newel.operations import Operation
from newel_audit import keys
from newel_audit.config import AuditConfig
from newel_audit.hlc import HybridClock, node_of
from newel_audit.migrations import STEPS
from newel_audit.pruning import Pruning
from newel_audit.screens import screens
from newel_audit.service import Reading
from newel_audit.store import Store
from newel_audit.trail import Trail
from newel_audit.undoing import Undoing
from newel_audit.verification import Verification
from newel_audit.writing import Writer

if TYPE_CHECKING:
    from click import Command

    from newel.app import App


class AuditPlugin:
    """Provides ``Audit``; lists, verifies, exports and prunes the trail."""

    def __init__(self, app: App, config: AuditConfig) -> None:
        self._app = app
        self._key_file = app.folder / config.key_file
        self._store = Store()
        self._writer = Writer(app, self._store, HybridClock(app.clock, node_of(app.folder)))
        self.trail = Trail(app, self._writer, config)
        self._verification = Verification(self._store)
        self._pruning = Pruning(app, self._store, self._verification, config.keep_days)
        self._undoing = Undoing(app, self._store)
        self._reading = Reading(self._store, self._verification, self._pruning)

    @hookimpl
    def register_backup_parts(self) -> Sequence[Part]:
        return [Part(name="audit", summary="The audit trail.", tables=("audit_*",), comes="asked")]

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        return STEPS

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(self._reading, self._undoing)

    @hookimpl
    def register_commands(self) -> Sequence[Command]:
        from newel_audit.commands import group

        return [group(self._store)]

    @hookimpl
    def register_screens(self) -> Sequence[Screen]:
        return screens()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        db = self._app.need(Database)
        self._store.open(db)
        self._verification.keys = await asyncio.to_thread(keys.load, self._key_file)
        await self._writer.open(db, self._verification.keys)
        self.trail.open(db)
        self._app.provide(Audit, self.trail)
        try:
            async with self._pruning.running():
                yield
        finally:
            await self.trail.denials.close()
