"""What goes on beside the requests: noting when tokens and keys were used, and clearing away what has expired."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from newel import Transient
from newel.structure import rfc3339
from newel_accounts.identity import Identity
from newel_accounts.store import Store
from newel_accounts.store.tokens import BATCH

if TYPE_CHECKING:
    from newel.app import App

NOTE_EVERY = 30.0
CLEAR_EVERY = 3600.0
LONG_AGO = timedelta(days=30)
"""How long an expired API token stays in the list. Sessions go at once."""


class Housekeeping:
    """One task. A failure is logged, and the next round tries again."""

    def __init__(self, app: App, store: Store, identity: Identity) -> None:
        self._app = app
        self._store = store
        self._identity = identity

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._rounds(), name="newel-accounts")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            with suppress(Transient):  # when it was used is not worth a failed stop
                await self._note()

    async def _rounds(self) -> None:
        clock = self._app.clock
        clear_at = clock.monotonic()
        while True:
            await clock.sleep(NOTE_EVERY)
            try:
                await self._note()
                if clock.monotonic() >= clear_at:
                    clear_at = clock.monotonic() + CLEAR_EVERY
                    await self._clear()
            except Transient as error:
                self._app.log.debug("the accounts' housekeeping waits", extra={"cause": error.detail})
            except Exception as error:  # nobody else would hear of it, and the task must live on
                self._app.log.error("the accounts' housekeeping failed", exc_info=error)

    async def _note(self) -> None:
        known = ((self._identity.used, self._store.tokens), (self._identity.keys_used, self._store.keys))
        for noted, store in known:
            used = dict(noted)
            if used:
                await store.note_use(used)
            for id, at in used.items():
                if noted.get(id) == at:
                    del noted[id]

    async def _clear(self) -> None:
        now = self._app.clock.now()
        dropped = BATCH
        while dropped == BATCH:  # others write in between
            dropped = await self._store.tokens.drop_expired(rfc3339(now), rfc3339(now - LONG_AGO))
