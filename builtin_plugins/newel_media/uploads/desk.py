"""All ways in, put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from newel.contracts.http import Route
from newel_media.uploads.forms import FormDoor

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.config import MediaConfig
    from newel_media.pipeline import Pipeline
    from newel_media.store import Store


class Uploads:
    """Routes, operations and jobs of uploads."""

    def __init__(self, app: App, config: MediaConfig, store: Store, pipeline: Pipeline) -> None:
        self._forms = FormDoor(app, config, store, pipeline)

    def routes(self) -> Sequence[Route]:
        return self._forms.routes()
