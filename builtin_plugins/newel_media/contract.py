"""The contract ``Media``, for other plugins: assets for readers, and files on their way in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from newel import Call
from newel.errors import NewelError
from newel_media.permissions import MEDIA_WRITE
from newel_media.reading import Reader
from newel_media.uploads.fields import Fields, named

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.pipeline import Pipeline
    from newel_media.store import Store
    from newel_media.view import View


class Library(Reader):
    """Provides ``Media``."""

    def __init__(self, app: App, store: Store, view: View, pipeline: Pipeline) -> None:
        super().__init__(app, store, view)
        self._pipeline = pipeline

    async def take(self, call: Call, pieces: AsyncIterator[bytes], said: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            call.actor.require(MEDIA_WRITE)  # before a byte is spooled
        except NewelError as error:
            await self._app.operations.denied("media.store", call, error)
            raise
        fields = Fields(self._app.structurer)
        for name, text in said.items():
            fields.put(name, text)
        stored = await self._pipeline.take(call, pieces, named(fields.given("")), source="api")
        asset: Mapping[str, Any] = self._app.structurer.unstructure(stored)
        return asset
