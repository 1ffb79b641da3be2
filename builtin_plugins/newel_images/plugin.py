"""Image work: the check of the library, the workers, the command."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import hookimpl
from newel.contracts.images import Images
from newel_images.config import ImagesConfig
from newel_images.images import WorkedImages, tools
from newel_images.library import installed
from newel_images.pool import Pool

if TYPE_CHECKING:
    from click import Command

    from newel.app import App


class ImagesPlugin:
    """Provides ``Images``, where an imaging library is installed."""

    def __init__(self, app: App, config: ImagesConfig) -> None:
        self._app = app
        self._config = config

    @hookimpl
    def register_commands(self) -> Sequence[Command]:
        from newel_images.commands import images

        return [images]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        library = installed()
        if library is None:
            self._app.log.warning("no imaging library: images are kept as they are. pip install 'newel[media]'")
            yield
            return
        self._app.log.info("images", extra={"library": str(library), "formats": " ".join(sorted(library.formats))})
        pool = Pool(self._config, self._app.clock, self._app.log)
        self._app.provide(Images, WorkedImages(pool, self._config, library, tools()))
        try:
            yield
        finally:
            await pool.close()
