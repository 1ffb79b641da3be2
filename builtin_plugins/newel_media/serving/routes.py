"""The addresses below ``/media``. Two kinds: those that never change what they answer, and those that lead to them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from newel import PUBLIC, Call, NotFound
from newel.contracts.http import HttpAnswer, HttpRequest, Route
from newel.ids import is_id
from newel_media.serving.demand import Demand
from newel_media.serving.files import Files
from newel_media.serving.renditions import NOTHING, Renditions
from newel_media.serving.store import ServingStore
from newel_media.serving.transforms import Transforms

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.config import MediaConfig
    from newel_media.renditions.rendering import Rendering
    from newel_media.store import Store
    from newel_media.view import View

HASH = re.compile(r"[0-9a-f]{32}", re.ASCII)
SIGNED = {"expires": "When the address ends, in seconds since 1970.", "signature": "Of address and time."}


class Serving:
    """All routes that answer bytes."""

    def __init__(self, app: App, config: MediaConfig, store: Store, view: View, rendering: Rendering) -> None:
        self._store = store
        self._renditions = Renditions(app, view)
        self._files = Files(app, config, store, view)
        self._demand = Demand(app, config, store, view, rendering)
        self._transforms = Transforms(app, config, store, view, rendering, self._demand)

    def open(self) -> None:
        """When the store is open."""
        self._renditions.store = self._demand.serving = ServingStore(self._store.db)

    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET", path="/media/{hash}/{file}", base="root", handler=self._made, needs=PUBLIC, shared=True,
                query=SIGNED, summary="A rendition, by its hash; by the id of its asset, the way to it",
            ),
            Route(
                method="GET", path="/media/file/{id}/{name}", base="root", handler=self._files.answer, needs=PUBLIC,
                query={**SIGNED, "download": "Saves it to a file."}, summary="A file as it was uploaded",
            ),
            Route(
                method="GET", path="/media/t/{signature}/{options}/{file}", base="root",
                handler=self._transforms.answer, needs=PUBLIC, shared=True,
                query={"expires": SIGNED["expires"]}, summary="A signed transform",
            ),
        ]  # fmt: skip

    async def _made(self, request: HttpRequest, call: Call) -> HttpAnswer:
        name, file = request.params["hash"], request.params["file"]
        if HASH.fullmatch(name):
            return await self._renditions.answer(request, call, name, file)
        if is_id(name):
            return await self._demand.answer(request, call, name, file)
        raise NotFound(NOTHING)
