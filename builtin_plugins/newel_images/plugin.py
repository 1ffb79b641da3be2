"""Image work: the check of the library, the workers, the command."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from attrs import evolve

from newel import hookimpl
from newel.contracts.images import Images
from newel.contracts.site import HealthCheck, Metric
from newel_images.config import ImagesConfig
from newel_images.figures import Figures
from newel_images.health import Codecs
from newel_images.images import WorkedImages, tools
from newel_images.library import installed
from newel_images.pool import Pool

if TYPE_CHECKING:
    from click import Command

    from newel.app import App

NICE = 10
"""Renditions stand back behind the server: on a busy machine pages stay quick, and images take longer."""


class ImagesPlugin:
    """Provides ``Images``, where an imaging library is installed."""

    def __init__(self, app: App, config: ImagesConfig) -> None:
        self._app = app
        self._config = config
        self._codecs = Codecs(app.clock)
        self._figures = Figures()
        self._images: WorkedImages | None = None

    @hookimpl
    def register_commands(self) -> Sequence[Command]:
        from newel_images.commands import images

        return [images]

    @hookimpl
    def register_health_checks(self) -> Sequence[HealthCheck]:
        return [HealthCheck(name="images.formats", summary="Which formats can be made", look=self._codecs.look)]

    @hookimpl
    def register_metrics(self) -> Sequence[Metric]:
        return self._figures.metrics(lambda: 0 if self._images is None else self._images.waiting)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        library = installed()
        if library is None:
            self._app.log.warning("no imaging library: images are kept as they are. pip install 'newel[media]'")
            yield
            return
        self._app.log.info("images", extra={"library": str(library), "formats": " ".join(sorted(library.formats))})
        pool = Pool(self._config, self._app.clock, self._app.log, nice=NICE)
        looks = None
        if self._config.look_apart:
            looks = Pool(evolve(self._config, processes=1), self._app.clock, self._app.log)
        images = WorkedImages(pool, self._config, library, tools(), looks, self._figures)
        self._codecs.images = self._images = images
        self._app.provide(Images, images)
        try:
            yield
        finally:
            self._codecs.images = self._images = None
            await asyncio.gather(*(one.close() for one in (pool, looks) if one is not None))
