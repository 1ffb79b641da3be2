"""Applies what is pending, then promises ``Migrations``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from newel import Call, Permission, hookimpl, operation, operations_of
from newel.contracts.backup import Part
from newel.contracts.database import Database
from newel.contracts.migrations import Migrations, MigrationState, TableMaker
from newel.contracts.site import Finding, HealthCheck
from newel.hooks.lifecycle import register_migrations
from newel_migrations.config import MigrationsConfig
from newel_migrations.ledger import Ledger
from newel_migrations.service import Service
from newel_migrations.steps import steps_of

if TYPE_CHECKING:
    from click import Command

    from newel.app import App
    from newel.contracts.tui import Screen
    from newel.operations import Operation

MIGRATIONS_READ = Permission("migrations.read", "See which table changes have been applied.")


class MigrationsPlugin:
    """Provides ``Migrations``; its ``running`` ends its start only when every table is there."""

    start_seconds = None  # changing a large table takes as long as it takes

    def __init__(self, app: App, config: MigrationsConfig) -> None:
        self._app = app
        self._config = config

    @hookimpl
    def register_backup_parts(self) -> Sequence[Part]:
        summary = "Which table changes have been applied."
        return [Part(name="migrations", summary=summary, tables=("migrations_*",), comes="never")]

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(self)

    @hookimpl
    def register_screens(self) -> Sequence[Screen]:
        from newel_migrations.screens import screens

        return screens(MIGRATIONS_READ)

    @hookimpl
    def register_health_checks(self) -> Sequence[HealthCheck]:
        return [HealthCheck(name="migrations.applied", summary="Every table is as it should be", look=self.look)]

    @hookimpl
    def register_commands(self) -> Sequence[Command]:
        from newel_migrations.commands import migrate

        return [migrate]

    @hookimpl
    def register_table_makers(self) -> Sequence[TableMaker]:
        return [self.made]

    async def service(self, database: Database | None = None) -> Service:
        """The state of the tables of the site's database, when it is there, or of another one."""
        app = self._app
        database = database or app.need(Database)
        # In a thread: the checksums are of source files.
        steps = await asyncio.to_thread(steps_of, app.collected(register_migrations))
        return Service(database, Ledger(database, app.clock), steps, app.log, auto=self._config.auto)

    async def made(self, database: Database, levels: Mapping[str, int]) -> None:
        """Makes tables of earlier times in another database (``TableMaker``)."""
        await (await self.service(database)).only_up_to(levels)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        service = await self.service()
        if not self._config.auto:
            await service.nothing_pending()
        for failed, error in (await service.migrate(self._app.manifests)).items():
            self._app.fail(failed, "migrate", error)
        self._app.provide(Migrations, service)
        yield

    @operation("migrate.status", needs=MIGRATIONS_READ, http="GET /migrations")
    async def status(self, call: Call) -> list[MigrationState]:
        """Lists every table change of every plugin that is on, with its state: applied, pending or changed."""
        return await self._app.need(Migrations).status()

    async def look(self) -> Finding:
        found = await self._app.need(Migrations).status()
        pending = [f"{one.plugin} {one.number}" for one in found if one.state == "pending"]
        if pending:
            remedy = "See them with `newel migrate plan`, apply them with `newel migrate up`."
            return Finding(state="failing", detail=f"pending: {', '.join(pending[:5])}", remedy=remedy)
        changed = [f"{one.plugin} {one.number}" for one in found if one.state == "changed"]
        if changed:
            told = f"edited after they had been applied: {', '.join(changed[:5])}"
            return Finding(state="warning", detail=told, remedy="The tables keep the old form: add a step instead.")
        return Finding(detail=f"{len(found)} changes, all applied")
