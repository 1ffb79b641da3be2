"""A plugin that brings one of everything that can come while a site runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import sqlalchemy as sa

from newel import Call, Manifest, Permission, Reject, hookimpl, operation, operations_of
from newel.app import App
from newel.contracts.content import EntryDraft, EntryEvent, FieldType
from newel.contracts.database import Database
from newel.contracts.http import HttpAnswer, HttpRequest, Route
from newel.contracts.migrations import Migration, Migrations
from newel.operations import Operation

GREET = Permission("guest.greet", "Be greeted", ("viewer",))


def _table(op: Any) -> None:
    op.create_table("guest_visits", sa.Column("id", sa.String(26), primary_key=True))


class Guest:
    """``told`` is what it heard of; ``fails`` is what its start raises."""

    manifest: ClassVar[Manifest] = Manifest(
        name="guest",
        summary="Comes and goes.",
        load="tests.builtin_plugins.plugins_admin.guest:Guest",
        needs=(Database, Migrations),
    )
    told: ClassVar[list[str]] = []
    fails: ClassVar[list[Exception]] = []
    slow: ClassVar[asyncio.Event]

    def __init__(self, app: App) -> None:
        self._app = app
        self._database: Database | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        if self.fails:
            raise self.fails[0]
        self._database = self._app.need(Database)
        yield
        self._database = None

    @hookimpl
    def register_migrations(self) -> Sequence[Migration]:
        return [Migration(number=1, name="visits", upgrade=_table)]

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(self)

    @hookimpl
    def register_routes(self) -> Sequence[Route]:
        return [Route(method="GET", path="/guest/slow", needs=GREET, summary="Takes its time.", handler=self.slowly)]

    @hookimpl
    def register_field_types(self) -> Sequence[FieldType]:
        return [FieldType(name="shout", summary="Loud.", parse=_loud, schema=lambda field: {"type": "string"})]

    @hookimpl
    def content_before_save(self, draft: EntryDraft) -> None:
        if draft.data.get("title") == "bad":
            raise Reject("not with me here")

    @hookimpl
    def content_after_publish(self, event: EntryEvent) -> None:
        self.told.append(event.type)

    @operation("guest.visits", needs=GREET, http="GET /guest/visits")
    async def visits(self, call: Call) -> dict[str, int]:
        """Counts its rows."""
        assert self._database is not None, "asked before its start, or after its end"
        return {"rows": len(await self._database.fetch_all("SELECT id FROM guest_visits"))}

    async def slowly(self, request: HttpRequest, call: Call) -> HttpAnswer:
        await self.slow.wait()
        assert self._database is not None, "stopped while somebody was inside"
        return HttpAnswer(body=b"done")


def _loud(value: Any, field: Any) -> str:
    return str(value).upper()
