"""The trail: hooks and the running part."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import hookimpl, operations_of
from newel.contracts.audit import Audit
from newel.contracts.database import Database
from newel.contracts.migrations import Migration
from newel.operations import Operation
from newel_audit.config import AuditConfig
from newel_audit.migrations import STEPS
from newel_audit.service import Reading
from newel_audit.store import Store
from newel_audit.trail import Trail

if TYPE_CHECKING:
    from newel.app import App


class AuditPlugin:
    """Provides ``Audit``, and lists the trail."""

    def __init__(self, app: App, config: AuditConfig) -> None:
        self._app = app
        self._store = Store()
        self._trail = Trail(app, self._store, config.max_side)
        self._reading = Reading(self._store)

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        return STEPS

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(self._reading)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._store.open(self._app.need(Database))
        self._app.provide(Audit, self._trail)
        yield
