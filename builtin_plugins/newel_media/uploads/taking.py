"""Many files one after the other, in a way that can be begun again: what is there already is left alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from newel import Call
from newel.contracts.media import Source
from newel.transact import transact
from newel_media.model import Given
from newel_media.names import cleaned
from newel_media.sniffing import sniffed

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.config import MediaConfig
    from newel_media.pipeline import Pipeline
    from newel_media.store import Store


class Taking:
    """Takes a file in unless its folder has one of that name with the same bytes."""

    def __init__(self, app: App, config: MediaConfig, store: Store, pipeline: Pipeline) -> None:
        self._app = app
        self._config = config
        self._store = store
        self._pipeline = pipeline

    async def bring(self, call: Call, pieces: AsyncIterator[bytes], given: Given, source: Source) -> tuple[bool, str]:
        """Whether it was new, and the id of the asset. Raises what the pipeline raises."""
        async with self._pipeline.spool.place() as place:
            spooled = await self._pipeline.spool.take(pieces, place / "upload", self._config.max_bytes)
            mime = await asyncio.to_thread(sniffed, spooled.path, given.name)
            there = await self._store.presence.there(given.folder, cleaned(given.name, mime), spooled.sha256)
            if there is not None:
                return False, there
            upload = await self._pipeline.arrive(call, spooled, given, source=source)
        there = await self._changed(upload)
        if there is not None:
            return False, there
        stored = await self._app.operations.run("media.store", {"upload": upload}, call)
        return bool(stored.created), str(stored.id)

    async def _changed(self, upload: str) -> str | None:
        """The same question about what the file became on its way: cleaned, or moved by a plugin."""
        row = await self._store.uploads.get(self._store.db, upload)
        if row is None or row["found_json"] is None:
            return None
        found = json.loads(row["found_json"])
        there = await self._store.presence.there(found["given"]["folder"], found["name"], found["sha256"])
        if there is not None:
            await transact(self._store.db, lambda tx: self._store.uploads.delete(tx, upload))
        return there
