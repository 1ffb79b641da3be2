"""A site with a bit of everything that is backed up, on the engine of the test, with a folder as the target."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from attrs import frozen

from newel.app import App
from newel.context import Actor
from newel.manifest import Manifest
from newel.testing import actor, make_app
from newel_backup.repo.manifest import Snapshot
from newel_backup.repo.repository import Repository
from newel_backup.work import Work
from newel_media.model import Given

ADMIN = actor("admin", everything=True)
PLUGINS = (
    "database", "migrations", "blobs_local", "accounts", "audit", "jobs", "content", "delivery", "media", "backup",
)  # fmt: skip
TITLE = {"name": "title", "type": "text", "required": True}
BODY = {"name": "body", "type": "text"}


@frozen
class Site:
    """A running application, and short ways to fill it and to back it up."""

    app: App

    async def run(self, verb: str, who: Actor = ADMIN, /, **order: Any) -> Any:
        return await self.app.operations.run(verb, order, self.app.call(who, "test"))

    async def filled(self, count: int = 10) -> list[Any]:
        """A type, entries (half of them published), files: answers the entries."""
        await self.run("types.create", name="post", fields=[TITLE, BODY])
        return await self.filled_more(count)

    async def filled_more(self, count: int) -> list[Any]:
        entries = []
        for number in range(count):
            data = {"title": f"Post {number}", "body": f"Ünïcode 🙂 \u2028 {number} " * 20}
            entry = await self.run("content.create", type="post", data=data)
            if number % 2:
                await self.run("content.publish", type="post", id=entry.id)
            entries.append(entry)
        return entries

    async def file(self, name: str, data: bytes) -> Any:
        """Puts a file into the library, as an upload would."""

        async def pieces() -> AsyncIterator[bytes]:
            yield data

        pipeline = self.app.plugins["media"].pipeline  # type: ignore[attr-defined]  # plugins are objects to the kernel
        return await pipeline.take(self.app.call(ADMIN, "test"), pieces(), Given(name=name), source="api")

    @property
    def work(self) -> Work:
        return self.app.plugins["backup"].work  # type: ignore[attr-defined,no-any-return]  # objects to the kernel

    async def backup(self, target: str = "local", **more: Any) -> Snapshot:
        return await self.work.run(self.app.call(ADMIN, "test"), target, **more)

    @asynccontextmanager
    async def repository(self, target: str = "local") -> AsyncIterator[Repository]:
        async with self.work.targets.repository(target) as repository:
            yield repository


@asynccontextmanager
async def site(
    *more: Manifest | str, config: Mapping[str, Mapping[str, Any]] | None = None, **details: Any
) -> AsyncIterator[Site]:
    async with make_app([*PLUGINS, *more], config or {}, **details) as app:
        yield Site(app)
