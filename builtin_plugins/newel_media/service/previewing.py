"""A small picture of a file as pixels, for what shows no image files: terminals."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Annotated

from attrs import frozen

from newel import Call, Max, Min, NotFound, operation
from newel.contracts.blobs import Blobs
from newel.contracts.database import Row
from newel.contracts.images import BadImage, Images
from newel_media.model import Id
from newel_media.names import extension, rendition_key
from newel_media.permissions import MEDIA_READ
from newel_media.serving.demand import CANNOT, renderable

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.pipeline import Pipeline
    from newel_media.renditions.rendering import Rendering
    from newel_media.store import Store

Side = Annotated[int, "Pixels at most.", Min(1), Max(384)]


@frozen(kw_only=True)
class PreviewOf:
    """Of which file, inside of which box."""

    id: Id
    width: Side = 64
    height: Side = 64


@frozen(kw_only=True)
class Preview:
    """A picture."""

    width: int
    height: int
    pixels: Annotated[str, "Red, green and blue of each pixel, row by row, in Base64."]


class Previewing:
    """``media.preview``."""

    def __init__(self, app: App, store: Store, pipeline: Pipeline, rendering: Rendering) -> None:
        self._app = app
        self._store = store
        self._pipeline = pipeline
        self._rendering = rendering

    @operation("media.preview", needs=MEDIA_READ, http="GET /media/{id}/preview", command=False)
    async def preview(self, call: Call, order: PreviewOf) -> Preview:
        """Shows a file as a small picture, pixel by pixel. Raises ``not_found`` (``cannot_render``) where there is none
        to be made."""
        row = await self._store.assets.get(self._store.db, order.id)
        if row is None:
            raise NotFound(f"there is no asset '{order.id}'")
        blob, mime = await self._source(row, max(order.width, order.height))
        spool = self._pipeline.spool
        try:
            async with spool.place() as place, self._app.need(Blobs).get(blob) as read:
                await spool.take(read.pieces, place / "source", read.length)
                made = await self._app.need(Images).pixels(place / "source", mime, order.width, order.height)
        except BadImage as error:
            raise NotFound(CANNOT, code="cannot_render") from error
        return Preview(width=made.width, height=made.height, pixels=b64encode(made.data).decode())

    async def _source(self, row: Row, side: int) -> tuple[str, str]:
        """The smallest rendition that is large enough, else what renditions are made of."""
        original, source = await renderable(self._app, self._rendering, row)
        reads = self._app.need(Images).reads
        whole = [
            one
            for one in json.loads(row["renditions_json"])
            if one["mime"] in reads and one["width"] >= side and _same_shape(one, source.width, source.height)
        ]
        if not whole:
            return original, source.mime
        best = min(whole, key=lambda one: int(one["bytes"]))
        return rendition_key(best["hash"], extension(best["mime"])), str(best["mime"])


def _same_shape(one: dict[str, int], width: int, height: int) -> bool:
    """Whether nothing was cut off."""
    return abs(one["width"] * height - one["height"] * width) <= 2 * max(width, height)
