"""``/media/t/{signature}/{options}/{asset id}.{ext}``: renditions that no preset asks for, for whoever has an address
that we signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel import Call, NotFound
from newel.contracts.database import Row, Transaction
from newel.contracts.http import HttpAnswer, HttpRequest
from newel.contracts.images import Focal, Images
from newel.ids import is_id
from newel.transact import transact
from newel_media.addresses import unsigned
from newel_media.renditions.plan import FORMATS, TRANSFORM, spec
from newel_media.serving import options as written
from newel_media.serving.demand import renderable
from newel_media.serving.headers import cached
from newel_media.serving.renditions import NOTHING, rendition_answer
from newel_media.view import focal_of

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.config import MediaConfig
    from newel_media.renditions.rendering import Rendering
    from newel_media.serving.demand import Demand
    from newel_media.store import Store
    from newel_media.view import View

MOST = 100
"""Transforms that are kept of the same bytes; the oldest go, and are made again when somebody asks."""


class Transforms:
    """Serves signed transforms."""

    def __init__(
        self, app: App, config: MediaConfig, store: Store, view: View, rendering: Rendering, demand: Demand
    ) -> None:
        self._app = app
        self._config = config
        self._store = store
        self._view = view
        self._rendering = rendering
        self._demand = demand

    async def answer(self, request: HttpRequest, call: Call) -> HttpAnswer:
        """The signature comes first: without it nothing is looked up, and nothing is told."""
        options, file = request.params["options"], request.params["file"]
        id, _, ending = file.partition(".")
        if not written.WRITTEN.fullmatch(options) or not is_id(id) or ending not in FORMATS:
            raise NotFound(NOTHING)
        expires = dict(request.query).get("expires", "")
        until = self._view.addresses.check_transform(
            request.params["signature"], options, id, ending, expires, call.now
        )
        row = await self._store.assets.get(self._store.db, id)
        if row is None:
            raise NotFound(NOTHING)
        if row["private"] and until is None:
            raise unsigned()
        made = await self._made(row, options, ending)
        until = until if row["private"] else None
        return rendition_answer(self._app, request, made, cached(self._config.max_age, until, call.now))

    async def _made(self, row: Row, options: str, ending: str) -> Row:
        wanted = written.read(options, FORMATS[ending], focal_of(row) or Focal())
        blob, source = await renderable(self._app, self._rendering, row)
        if wanted.format not in self._app.need(Images).formats:
            raise NotFound(f"no .{ending} is made here", code="cannot_render")
        one = spec(source, TRANSFORM, wanted)
        found = await self._demand.serving.rendition(one.hash)
        if found is not None:
            return found
        found = await self._demand.brought(row, blob, source, one, [one])
        await self._trim(source.sha256)
        return found

    async def _trim(self, sha256: str) -> None:
        async def body(tx: Transaction) -> None:
            for name in (await self._demand.serving.newest(tx, sha256, TRANSFORM))[MOST:]:
                await self._store.renditions.delete(tx, name)

        await transact(self._store.db, body)
