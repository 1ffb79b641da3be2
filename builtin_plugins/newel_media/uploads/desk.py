"""All ways in, put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from newel import operations_of
from newel.contracts.http import Route
from newel.contracts.jobs import JobKind
from newel.operations import Operation
from newel_media.uploads.archives import ArchiveDoor
from newel_media.uploads.direct import Direct
from newel_media.uploads.fetching import Fetching
from newel_media.uploads.folders import Folders
from newel_media.uploads.forms import FormDoor
from newel_media.uploads.resumable import Resumable
from newel_media.uploads.taking import Taking
from newel_media.uploads.tus import TusDoor
from newel_media.uploads.unpacking import Unpacking

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.config import MediaConfig
    from newel_media.pipeline import Pipeline
    from newel_media.store import Store


class Uploads:
    """Routes, operations and jobs of uploads."""

    def __init__(self, app: App, config: MediaConfig, store: Store, pipeline: Pipeline) -> None:
        self.folders = Folders(app, store)
        self.resumable = Resumable(app, config, store, pipeline)
        self._forms = FormDoor(app, config, store, pipeline)
        self.taking = Taking(app, config, store, pipeline)
        self.unpacking = Unpacking(config, self.folders, self.taking)
        self._archives = ArchiveDoor(app, config, store, pipeline.spool, self.resumable, self.unpacking)
        self._tus = TusDoor(app, config, self.resumable)
        self._services = (
            Direct(app, self.resumable), Fetching(app, config, pipeline), self.folders,
        )  # fmt: skip

    def routes(self) -> Sequence[Route]:
        return [*self._forms.routes(), *self._archives.routes(), *self._tus.routes()]

    def kinds(self) -> Sequence[JobKind]:
        return self._archives.kinds()

    def operations(self) -> Sequence[Operation]:
        return operations_of(*self._services)
