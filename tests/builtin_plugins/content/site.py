"""A site with content on SQLite, spoken to through its operations."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from attrs import frozen

from newel.app import App
from newel.context import Actor
from newel.manifest import Manifest
from newel.testing import FakeAudit, actor, make_app

ADMIN = actor("admin")


@frozen
class Site:
    """A running application, and a short way to run operations in it."""

    app: App

    async def run(self, verb: str, who: Actor = ADMIN, /, **order: Any) -> Any:
        return await self.app.operations.run(verb, order, self.app.call(who, "test"))

    async def type(self, name: str, /, *fields: Mapping[str, Any], **more: Any) -> Any:
        return await self.run("types.create", name=name, fields=list(fields), **more)

    async def create(self, type: str, /, *, locale: str | None = None, parent: str | None = None, **data: Any) -> Any:
        return await self.run("content.create", type=type, data=data, locale=locale, parent=parent)

    async def update(
        self, entry: Any, /, *, revision: int | None = None, locale: str | None = None, **data: Any
    ) -> Any:
        order = {"type": entry.type, "id": entry.id, "data": data, "revision": revision, "locale": locale}
        return await self.run("content.update", **order)

    async def get(self, entry: Any, **more: Any) -> Any:
        return await self.run("content.get", type=entry.type, id=entry.id, **more)

    async def on(self, verb: str, entry: Any, /, **more: Any) -> Any:
        """An operation on one entry."""
        return await self.run(f"content.{verb}", type=entry.type, id=entry.id, **more)

    async def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.store.db.fetch_all(statement, values)]

    async def routes(self, locale: str = "en") -> dict[str, str]:
        """What stands at each path: the entry's id, or ``→`` and where it leads."""
        found = await self.rows("select * from content_routes where locale = :locale", locale=locale)
        return {row["path"]: f"→ {row['target']}" if row["target"] else row["entry"] for row in found}

    @property
    def store(self) -> Any:
        return self.app.plugins["content"].store  # type: ignore[attr-defined]  # plugins are objects to the kernel

    @property
    def audit(self) -> Any:
        return self.app.plugins["fake_audit"].rows  # type: ignore[attr-defined]  # plugins are objects to the kernel


@asynccontextmanager
async def opened(
    *others: Manifest, config: Mapping[str, Any] | None = None, database: str | None = None
) -> AsyncIterator[Site]:
    sections: dict[str, Any] = {"content": {"locales": ["en", "de", "fr"], **(config or {})}}
    if database is not None:
        sections["database"] = {"url": database}
    plugins = ["database", "migrations", "content", FakeAudit.manifest]
    async with make_app(plugins, sections, others=others) as app:
        yield Site(app)


def field(name: str, type: str = "text", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": type, **more}


TITLE = field("title", localized=True, indexed=True, required=True)
SLUG = field("slug", "slug", localized=True, indexed=True, options={"source": "title"})


def pointers(error: Any) -> set[tuple[str, str]]:
    """Where an error says what is wrong, and the codes."""
    return {(problem.pointer, problem.code) for problem in error.problems}
