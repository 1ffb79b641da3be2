"""Starts and stops the store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel.contracts.blobs import Blobs, BlobsConfig
from newel_blobs_local.config import BlobsLocalConfig
from newel_blobs_local.place import place_of
from newel_blobs_local.store import LocalBlobs

if TYPE_CHECKING:
    from newel.app import App


class BlobsLocalPlugin:
    """Provides ``Blobs``."""

    def __init__(self, app: App, config: BlobsLocalConfig) -> None:
        self._app = app
        self._config = config

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        place = place_of(self._app.config(BlobsConfig).url.reveal(), self._app.folder)
        store = await LocalBlobs.opened(place, self._config)
        try:
            self._app.provide(Blobs, store)
            yield
        finally:
            await store.close()
