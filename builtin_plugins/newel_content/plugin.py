"""Content types, entries, versions and publishing: the hook methods and the running part."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import hookimpl
from newel.app import App
from newel.contracts.backup import RestorablePiece, RestoreCheck
from newel.contracts.content import Content, FieldType
from newel.contracts.database import Database
from newel.contracts.files import FileTree
from newel.contracts.migrations import Migration, Migrations
from newel.contracts.tui import Screen
from newel.hooks.content import register_field_types
from newel.operations import Operation, operations_of
from newel.structure import rfc3339
from newel_content.config import ContentConfig
from newel_content.fieldtypes import FIELD_TYPES, slug
from newel_content.fieldtypes.registry import FieldTypes
from newel_content.migrations import STEPS
from newel_content.query.operations import Listing
from newel_content.query.outlines import Outlines
from newel_content.query.reading import Reader
from newel_content.query.routetable import RouteTable
from newel_content.restored import RestoredChecks
from newel_content.screens import screens_of
from newel_content.service import services
from newel_content.store import Store
from newel_content.transfer.bringing import Bringing
from newel_content.transfer.restoring import pieces_of
from newel_content.transfer.trees import ExportTree, ImportTree

if TYPE_CHECKING:
    from click import Command


class ContentPlugin:
    """Everything about content but its doors."""

    def __init__(self, app: App, config: ContentConfig) -> None:
        self.app = app
        self.config = config
        slug.warm()
        self.field_types = FieldTypes(app.structurer)
        self.store = Store(self.field_types, app.ids)
        self.reader = Reader(self.store, config, app.clock.now)
        listing = Listing(self.store, self.reader)
        reads = (listing, Outlines(self.store, listing), RouteTable(self.reader))
        self.services = (*services(app, config, self.store), *reads, Bringing(app, self.store))
        app.follow(self._field_types_anew, register_field_types)

    def _field_types_anew(self) -> None:
        self.field_types.collect_anew(self.app)
        self.store.catalogue.forget()

    @hookimpl
    def register_field_types(self) -> Sequence[FieldType]:
        return FIELD_TYPES

    @hookimpl
    def register_restore_checks(self) -> Sequence[RestoreCheck]:
        return RestoredChecks(self.store, self.reader).all()

    @hookimpl
    def register_restorable_pieces(self) -> Sequence[RestorablePiece]:
        return pieces_of(self.app, self.config)

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        return STEPS

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        # All hooks are known by now, so that a clash of field types is found by `newel check` too.
        self.field_types.collect(self.app)
        return operations_of(*self.services)

    @hookimpl
    def register_screens(self) -> Sequence[Screen]:
        return screens_of(self)

    @hookimpl
    def register_commands(self) -> Sequence[Command]:
        from newel_content.commands import content

        return [content]

    @hookimpl
    def register_file_trees(self) -> Sequence[FileTree]:
        return [ExportTree(self.app), ImportTree(self.app, self.config)]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.app.need(Migrations)
        self.store.open(self.app.need(Database))
        await self.store.seed(self.config.locales, rfc3339(self.app.clock.now()))
        self.reader.open()
        self.app.provide(Content, self.reader)
        yield
