"""Still pictures of films and documents. Kept like a rendition, and the other renditions are made of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from newel import NotFound
from newel.contracts.blobs import Blobs
from newel.contracts.database import Row, Transaction
from newel.contracts.images import Focal, Images, Rendered
from newel.structure import rfc3339
from newel.transact import transact
from newel_media.names import rendition_key
from newel_media.renditions.plan import POSTER, Source, poster_hash
from newel_media.view import focal_of

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.pipeline import Pipeline
    from newel_media.renditions.flights import Flights
    from newel_media.store import Store


class Posters:
    """Finds and makes them."""

    def __init__(self, app: App, store: Store, pipeline: Pipeline, flights: Flights) -> None:
        self._app = app
        self._store = store
        self._pipeline = pipeline
        self._flights = flights

    async def find(self, row: Row) -> tuple[str, Source] | None:
        """The key of an asset's poster, and what renditions of it are made of."""
        made = await self._store.renditions.get(self._store.db, poster_hash(row["sha256"]))
        if made is None:
            return None
        source = Source(
            sha256=row["sha256"], mime=made["mime"], width=made["width"], height=made["height"],
            focal=focal_of(row) or Focal(),
        )  # fmt: skip
        return made["key"], source

    async def bring(self, row: Row, *, lost: bool = False) -> None:
        """Makes one where it is missing and something here can; with ``lost`` also where its bytes are gone. Raises
        ``BadImage``."""

        async def find() -> bool | None:
            made = await self.find(row)
            return None if made is None or (lost and not await self._lies_there(made[0])) else True

        await self._flights.once(row["sha256"], find, lambda: self._make(row))

    async def _lies_there(self, key: str) -> bool:
        try:
            await self._app.need(Blobs).head(key)
        except NotFound:
            return False
        return True

    async def _make(self, row: Row) -> bool:
        async with self._pipeline.spool.place() as place:
            original = place / "original"
            async with self._app.need(Blobs).get(row["blob"]) as read:
                await self._pipeline.spool.take(read.pieces, original, read.length)
            made = await self._app.need(Images).poster(original, row["mime"], place / "poster.png")
            if made is not None:
                await self._keep(row["sha256"], made)
            return made is not None

    async def _keep(self, sha256: str, made: Rendered) -> None:
        name = poster_hash(sha256)
        key = rendition_key(name, "png")
        size = (await asyncio.to_thread(made.path.stat)).st_size
        await self._pipeline.keep(key, made.path, made.mime)

        async def body(tx: Transaction) -> None:
            await self._store.claims.hold(tx, key)
            await self._store.renditions.add(tx, {
                "hash": name, "sha256": sha256, "preset": POSTER, "state": "ready", "mime": made.mime,
                "width": made.width, "height": made.height, "bytes": size, "key": key,
                "created_at": rfc3339(self._app.clock.now()),
            })  # fmt: skip

        await transact(self._store.db, body)
