"""A site with something of everything, its backups, and what tells whether two sites are one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from newel import Manifest
from newel.app import App
from newel.context import Actor
from newel.contracts.database import Database
from newel.testing import actor, make_app
from newel.testing.engines import LASTING
from newel_backup.config import BackupConfig
from newel_backup.making import Making
from newel_backup.repo.manifest import Snapshot
from newel_backup.targets import Targets

PLUGINS = (
    "database", "migrations", "accounts", "audit", "jobs", "content", "media", "blobs_local", "lua", "backup",
)  # fmt: skip
ADMIN = actor("admin", everything=True)


@frozen
class Site:
    """A running application, and short ways to use it."""

    app: App

    @property
    def database(self) -> Database:
        return self.app.need(Database)

    @property
    def targets(self) -> Targets:
        return Targets(self.app, self.app.config(BackupConfig))

    async def run(self, verb: str, who: Actor = ADMIN, /, **order: Any) -> Any:
        return await self.app.operations.run(verb, order, self.app.call(who, "test"))

    async def filled(self, entries: int = 3) -> list[Any]:
        """A tree of entries."""
        fields = [{"name": "title", "type": "text"}, {"name": "slug", "type": "slug", "options": {"source": "title"}}]
        await self.run("types.create", name="page", fields=fields, kind="page")
        made: list[Any] = []
        for number in range(entries):
            data, parent = {"title": f"Page {number} ü\U0001f600"}, made[-1].id if made else None
            made.append(await self.run("content.create", type="page", data=data, parent=parent))
        return made

    async def backup(self, target: str = "local") -> Snapshot:
        app = self.app
        making = Making(app, app.config(BackupConfig), self.targets)
        return await making.run(app.call(ADMIN, "test"), target)


@asynccontextmanager
async def site(
    folder: Path, plugins: Sequence[str | Manifest] = PLUGINS, /, **config: Mapping[str, Any]
) -> AsyncIterator[Site]:
    """A site in a folder, on the engine of the test."""
    async with make_app(plugins, {**LASTING, **config}, folder=folder) as app:
        yield Site(app)


def streams(snapshot: Snapshot, *without: str) -> dict[str, tuple[int, str]]:
    """What the tables of a snapshot are, byte for byte."""
    return {
        name: (table.stream.lines, table.stream.sha256)
        for name, table in snapshot.tables.items()
        if table.part not in without
    }
