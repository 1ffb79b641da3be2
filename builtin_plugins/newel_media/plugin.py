"""Media: the hook methods and the running part."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import hookimpl, operations_of
from newel.contracts.backup import Part, RestorablePiece
from newel.contracts.content import FieldType
from newel.contracts.database import Database
from newel.contracts.files import FileTree
from newel.contracts.http import Route
from newel.contracts.jobs import JobKind, Schedule
from newel.contracts.media import Media
from newel.contracts.migrations import Migration, Migrations
from newel.contracts.site import HealthCheck, Metric
from newel.contracts.tui import Screen
from newel.operations import Operation
from newel_media.addresses import Addresses
from newel_media.backing import backup_parts
from newel_media.care.survey import Survey
from newel_media.care.walking import Walk
from newel_media.care.watching import Watching
from newel_media.chores import Chores
from newel_media.config import MediaConfig
from newel_media.contract import Library
from newel_media.field import field_type
from newel_media.files.tree import MediaTree
from newel_media.jobs import MediaJobs
from newel_media.migrations import STEPS
from newel_media.pipeline import Pipeline
from newel_media.renditions.rendering import Rendering
from newel_media.restoring import MediaPieces
from newel_media.screens import screens_of
from newel_media.service import services
from newel_media.serving.routes import Serving
from newel_media.serving.signing import Signing
from newel_media.spool import Spool
from newel_media.store import Store
from newel_media.sweep import Sweep
from newel_media.uploads.desk import Uploads
from newel_media.view import View

if TYPE_CHECKING:
    from click import Command

    from newel.app import App

SIGNING = "signing_key"


class MediaPlugin:
    """Provides ``Media``."""

    def __init__(self, app: App, config: MediaConfig) -> None:
        self._app = app
        self._config = config
        self.store = store = Store()
        self.view = view = View(config.default_preset)
        self.spool = Spool(app.folder)
        self.pipeline = Pipeline(app, config, store, self.spool)
        self.rendering = Rendering(app, store, self.pipeline)
        self.reader = Library(app, store, view, self.pipeline)
        self._serving = Serving(app, config, store, view, self.rendering)
        self._signing = Signing(app, store, view)
        self.sweep = Sweep(app, config, store)
        walk = Walk(app, config, store)
        survey = Survey(app, store, walk)
        self._watching = Watching(app, store)
        self._jobs = MediaJobs(self.rendering, self.sweep)
        self._chores = Chores(app, store, self.rendering, survey)
        self.uploads = Uploads(app, config, store, self.pipeline)
        self._tree = MediaTree(app, config, store, self.pipeline)
        self._services = services(app, config, store, view, self.pipeline, self.rendering, walk, survey)

    @hookimpl
    def register_backup_parts(self) -> Sequence[Part]:
        return backup_parts()

    @hookimpl
    def register_restorable_pieces(self) -> Sequence[RestorablePiece]:
        return MediaPieces(self._app, self.store, self.pipeline, self.spool).all()

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        return STEPS

    @hookimpl
    def register_field_types(self) -> Sequence[FieldType]:
        return [field_type(self.reader)]

    @hookimpl
    def register_jobs(self) -> Sequence[JobKind]:
        return [*self._jobs.kinds(), *self._chores.kinds(), *self.uploads.kinds()]

    @hookimpl
    def register_schedules(self) -> Sequence[Schedule]:
        return [*self._jobs.schedules(), *self._chores.schedules()]

    @hookimpl
    def register_commands(self) -> Sequence[Command]:
        from newel_media.commands import media

        return [media]

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return [*operations_of(*self._services, self._signing), *self.uploads.operations()]

    @hookimpl
    def register_routes(self) -> Sequence[Route]:
        return [*self.uploads.routes(), *self._serving.routes()]

    @hookimpl
    def register_screens(self) -> Sequence[Screen]:
        return screens_of(self._app)

    @hookimpl
    def register_health_checks(self) -> Sequence[HealthCheck]:
        return self._watching.checks()

    @hookimpl
    def register_metrics(self) -> Sequence[Metric]:
        return self._watching.metrics()

    @hookimpl
    def register_file_trees(self) -> Sequence[FileTree]:
        return [self._tree]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._app.need(Migrations)
        self.store.open(self._app.need(Database))
        self._serving.open()
        self.spool.open()
        self.view.addresses = Addresses(self._config.public_url, await self._keys(), self._config.signed_seconds)
        self._app.provide(Media, self.reader)
        yield

    async def _keys(self) -> list[str]:
        """Those of the configuration, or the site's own."""
        given = [key.reveal() for key in self._config.signing_keys]
        return given or [await self.store.states.kept(SIGNING, secrets.token_urlsafe(32))]
