"""The hooks, and the running part. Each hook hands on at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import Reject, hookimpl, operations_of
from newel.contracts.database import Database
from newel_imprint.counts import Counts
from newel_imprint.fieldtype import ISBN
from newel_imprint.tables import STEPS
from newel_imprint.words import Words

if TYPE_CHECKING:
    from click import Command

    from newel.app import App
    from newel.contracts.content import EntryDraft, EntryEvent, FieldType
    from newel.contracts.migrations import Migration
    from newel.operations import Operation
    from newel_imprint.config import ImprintConfig


class ImprintPlugin:
    """Made when the site boots. Nothing outside is touched before ``running()``."""

    def __init__(self, app: App, config: ImprintConfig) -> None:
        self._app = app
        self._words = Words(config.banned_words)
        self._counts = Counts()

    @hookimpl
    def register_field_types(self) -> Sequence[FieldType]:
        return [ISBN]

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        return STEPS

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(self._counts)

    @hookimpl
    def register_commands(self) -> Sequence[Command]:
        from newel_imprint.commands import imprint

        return [imprint]

    @hookimpl
    def content_before_save(self, draft: EntryDraft) -> None:
        problems = list(self._words.problems(draft.data))
        if problems:
            raise Reject("the entry says what is not printed here", problems=problems)

    @hookimpl
    async def content_after_publish(self, event: EntryEvent) -> None:
        await self._counts.count(event.type)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._counts.open(self._app.need(Database))
        yield
