"""Removes what nothing names: uploads that were given up, renditions of bytes that are gone, bytes that nobody claims.

In small steps, each safe to repeat and safe beside uploads: see ``store.claims``.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from newel.contracts.blobs import Blobs
from newel.structure import rfc3339
from newel.transact import transact

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.config import MediaConfig
    from newel_media.store import Store

BATCH = 100
Progress = Callable[[float, float | None, str], Awaitable[None]]


class Sweep:
    """What the job ``media.sweep`` does."""

    def __init__(self, app: App, config: MediaConfig, store: Store) -> None:
        self._app = app
        self._store = store
        self._grace = timedelta(hours=config.sweep_hours)

    async def all(self, progress: Progress) -> dict[str, int]:
        """Answers what went."""
        uploads = await self._uploads()
        await progress(uploads, None, "uploads")
        renditions = await self._renditions()
        await progress(uploads + renditions, None, "renditions")
        blobs = await self._blobs(progress)
        return {"uploads": uploads, "renditions": renditions, "blobs": blobs}

    async def _uploads(self) -> int:
        """Rows of uploads whose time is over, with what arrived of them."""
        gone = 0
        now = rfc3339(self._app.clock.now())
        while rows := await self._store.uploads.expired(now, BATCH):
            for row in rows:
                await self._app.need(Blobs).delete(*[part["key"] for part in json.loads(row["parts_json"])])

                async def body(tx: Any, id: str = row["id"]) -> None:
                    await self._store.uploads.delete(tx, id)

                await transact(self._store.db, body)
                gone += 1
        return gone

    async def _renditions(self) -> int:
        """Rows of renditions whose source is gone; their bytes are loose then."""
        gone = 0
        until = rfc3339(self._app.clock.now() - self._grace)
        while hashes := await self._store.renditions.orphans(until, BATCH):
            dropped = 0
            for name in hashes:

                async def body(tx: Any, name: str = name) -> int:
                    return await self._store.renditions.drop(tx, name)

                dropped += await transact(self._store.db, body)
            gone += dropped
            if not dropped:  # all of them have a source again
                break
        return gone

    async def _blobs(self, progress: Progress) -> int:
        gone, after = 0, ""
        blobs = self._app.need(Blobs)
        until = rfc3339(self._app.clock.now())
        while rows := await self._store.claims.loose(until, after, BATCH):
            for row in rows:
                after = row["key"]
                if not await self._store.claims.mark(after, until, rfc3339(self._app.clock.now())):
                    continue
                await blobs.delete(after)
                await self._store.claims.forget(after)
                gone += 1
            await progress(gone, None, "blobs")
        return gone
