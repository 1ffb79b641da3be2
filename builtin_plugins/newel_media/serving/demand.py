"""``/media/{asset id}/{preset}.{ext}``: leads to a rendition, and makes it where it is missing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from newel import Call, NotFound
from newel.contracts.database import Row
from newel.contracts.http import HttpAnswer, HttpRequest
from newel.contracts.images import BadImage, Images
from newel_media.addresses import ROOT
from newel_media.model import Made
from newel_media.renditions.plan import FORMATS, Source, Spec, specs
from newel_media.serving.headers import cached
from newel_media.serving.renditions import NAME, NOTHING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newel.app import App
    from newel_media.config import MediaConfig
    from newel_media.renditions.rendering import Rendering
    from newel_media.serving.store import ServingStore
    from newel_media.store import Store
    from newel_media.view import View


class Demand:
    """Renditions by preset."""

    serving: ServingStore

    def __init__(self, app: App, config: MediaConfig, store: Store, view: View, rendering: Rendering) -> None:
        self._app = app
        self._config = config
        self._store = store
        self._view = view
        self._rendering = rendering

    async def answer(self, request: HttpRequest, call: Call, id: str, file: str) -> HttpAnswer:
        """The widest of the preset in that format. Browsers keep where it leads for ever, and this for a short time."""
        row, name = await self._store.assets.get(self._store.db, id), NAME.fullmatch(file)
        if row is None or name is None:
            raise NotFound(NOTHING)
        until = None
        if row["private"]:
            asked = dict(request.query)
            path = f"{ROOT}/{id}/{file}"
            until = self._view.addresses.check(path, asked.get("expires"), asked.get("signature"), call.now)
        made = await self._made(row, name["preset"], name["ending"])
        address = self._view.addresses.rendition(made, until)
        control = cached(self._config.max_age, until, call.now)
        return HttpAnswer(status=302, headers={"Location": address, "Cache-Control": control})

    async def _made(self, row: Row, preset: str, ending: str) -> Made:
        stored = await self.serving.preset(preset)
        if stored is None:
            raise NotFound(f"there is no preset '{preset}'")
        blob, source = await renderable(self._app, self._rendering, row)
        every = specs(source, [self._rendering.preset(stored)], self._app.need(Images).formats)
        wanted = [one for one in every if one.rendition.format == FORMATS.get(ending)]
        if not wanted:
            raise NotFound(f"the preset '{preset}' makes no .{ending} of this file")
        chosen = wanted[-1]
        for one in json.loads(row["renditions_json"]):
            if one["hash"] == chosen.hash:
                return Made(**{**one, "preset": preset})
        found = await self.brought(row, blob, source, chosen, every)
        return Made(
            preset=preset, hash=found["hash"], mime=found["mime"], width=found["width"], height=found["height"],
            bytes=found["bytes"],
        )  # fmt: skip

    async def brought(self, row: Row, blob: str, source: Source, chosen: Spec, every: Sequence[Spec]) -> Row:
        """The row of a rendition, made if need be, with all of its preset: which formats save anything is only known of
        all. Where this one saves nothing, the row of the fallback."""

        async def find() -> Row | None:
            found = await self.serving.rendition(chosen.hash)
            if found is not None and found["state"] != "ready":
                found = await self.serving.rendition([one.hash for one in every if one.fallback][-1])
            return found

        found = await find()
        if found is not None:
            return found
        try:
            await self._rendering.make(blob, source, every)
        except BadImage as error:
            await self._rendering.failed(row)
            raise NotFound(CANNOT, code="cannot_render") from error
        found = await find()
        if found is None:  # the asset went meanwhile, and what was made of it
            raise NotFound(NOTHING)
        return found


CANNOT = "nothing can be rendered of this file"


async def renderable(app: App, rendering: Rendering, row: Row) -> tuple[str, Source]:
    """What an asset's renditions are made of. Raises ``NotFound``; what failed before is not tried again for whoever
    asks, only when somebody has it reprocessed."""
    base = None if app.find(Images) is None or row["status"] == "failed" else await rendering.base(row)
    if base is None:
        raise NotFound(CANNOT, code="cannot_render")
    return base
