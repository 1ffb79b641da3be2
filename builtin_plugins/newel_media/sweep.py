"""Removes what nothing names: uploads that were given up, renditions of bytes that are gone, bytes that nobody claims.

In small steps, each safe to repeat and safe beside uploads: see ``store.claims``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from newel.contracts.backup import BLOBS_KEPT
from newel.contracts.blobs import Blob, Blobs
from newel.errors import Transient
from newel.ids import is_id
from newel.structure import rfc3339
from newel.transact import transact
from newel_media.names import INCOMING, incoming

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.config import MediaConfig
    from newel_media.store import Store

BATCH = 100
Progress = Callable[[float, float | None, str], Awaitable[None]]


async def emptied(blobs: Blobs, upload: str) -> None:
    """Deletes what arrived of an upload, noted in its row or not: a process may have died in between."""
    while keys := [blob.key async for blob in _first(blobs.list(incoming(upload)))]:
        await blobs.delete(*keys)


async def _first(found: AsyncIterator[Blob]) -> AsyncIterator[Blob]:
    count = 0
    async for blob in found:
        yield blob
        count += 1
        if count == BATCH:
            return


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
        """Rows of uploads whose time is over, with what arrived of them; and what arrived for rows that are gone."""
        gone = 0
        now = rfc3339(self._app.clock.now())
        while rows := await self._store.uploads.expired(now, BATCH):
            for row in rows:
                await emptied(self._app.need(Blobs), row["id"])

                async def body(tx: Any, id: str = row["id"]) -> None:
                    await self._store.uploads.delete(tx, id)

                await transact(self._store.db, body)
                gone += 1
        await self._strays()
        return gone

    async def _strays(self) -> None:
        """What arrived at the very moment that its upload ended: nobody but us will look there again."""
        until, known = rfc3339(self._app.clock.now() - self._grace), ""
        async for blob in self._app.need(Blobs).list(INCOMING):
            id, _, name = blob.key.removeprefix(INCOMING).partition("/")
            ours = is_id(id.upper()) and name  # a bucket may be somebody else's as well
            if not ours or blob.modified >= until or blob.key.startswith(known or "-"):
                continue
            if await self._store.uploads.get(self._store.db, id.upper()) is not None:
                known = incoming(id)
            else:
                await self._app.need(Blobs).delete(blob.key)

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
        until = rfc3339(self._app.clock.now())
        while rows := await self._store.claims.loose(until, after, BATCH):
            after = rows[-1]["key"]
            try:
                async with self._store.db.lock(BLOBS_KEPT, wait=0):
                    gone += await self._deleted([row["key"] for row in rows], until)
            except Transient as error:
                if error.reason != "locked":
                    raise
                break  # a backup is reading: what nobody names may lie until the next sweep
            await progress(gone, None, "blobs")
        return gone

    async def _deleted(self, keys: Sequence[str], until: str) -> int:
        gone = 0
        for key in keys:
            if await self._store.claims.mark(key, until, rfc3339(self._app.clock.now())):
                await self._app.need(Blobs).delete(key)
                await self._store.claims.forget(key)
                gone += 1
        return gone
