"""The hooks, and the running part. Each hook hands on at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import Call, hookimpl, operations_of
from newel.contracts.database import Database

from newel_sketch.notes import Notes
from newel_sketch.tables import STEPS

if TYPE_CHECKING:
    from click import Command
    from newel.app import App
    from newel.contracts.content import EntryEvent
    from newel.contracts.migrations import Migration
    from newel.operations import Operation

    from newel_sketch.config import Config


class Plugin:
    """Made when the site boots. Nothing outside is touched before ``running()``."""

    def __init__(self, app: App, config: Config) -> None:
        self._app = app
        self._notes = Notes(app, config)

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        return STEPS

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(self._notes)

    @hookimpl
    def register_commands(self) -> Sequence[Command]:
        from newel_sketch.commands import group

        group.name = "sketch"
        return [group]

    @hookimpl
    async def content_after_publish(self, event: EntryEvent, call: Call) -> None:
        await self._notes.note(f"{event.type} {event.id} was published", call.actor.name)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._notes.open(self._app.need(Database))
        yield
