"""Idempotency: hooks, the running part, and the task that clears away what has expired."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import Transient, hookimpl
from newel.contracts.backup import Part
from newel.contracts.database import Database
from newel.contracts.idempotency import Idempotency
from newel.contracts.migrations import Migration
from newel.structure import rfc3339
from newel_idempotency.config import IdempotencyConfig
from newel_idempotency.keeper import Keeper
from newel_idempotency.migrations import STEPS
from newel_idempotency.store import BATCH, Store

if TYPE_CHECKING:
    from newel.app import App

CLEAR_EVERY = 600.0


class IdempotencyPlugin:
    """Provides ``Idempotency``."""

    def __init__(self, app: App, config: IdempotencyConfig) -> None:
        self._app = app
        self._store = Store()
        self._keeper = Keeper(app, config, self._store)

    @hookimpl
    def register_backup_parts(self) -> Sequence[Part]:
        summary = "Kept answers, for a client that asks again."
        return [Part(name="idempotency", summary=summary, tables=("idempotency_*",), comes="never")]

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        return STEPS

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._store.open(self._app.need(Database))
        self._app.provide(Idempotency, self._keeper)
        task = asyncio.create_task(self._clearing(), name="newel-idempotency")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _clearing(self) -> None:
        while True:
            await self._app.clock.sleep(CLEAR_EVERY)
            try:
                dropped = BATCH
                while dropped == BATCH:  # others write in between
                    dropped = await self._store.drop_expired(rfc3339(self._app.clock.now()))
            except Transient as error:
                self._app.log.debug("clearing old idempotency keys waits", extra={"cause": error.detail})
            except Exception as error:  # nobody else would hear of it, and the task must live on
                self._app.log.error("clearing old idempotency keys failed", exc_info=error)
