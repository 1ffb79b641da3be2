"""Sites to test with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from tests.builtin_plugins.content.seeding import Seed, seed
from tests.builtin_plugins.content.site import SLUG, TITLE, Site, field, opened

from newel.manifest import Manifest


@pytest.fixture
async def open_site() -> AsyncIterator[Callable[..., Any]]:
    """Opens sites with other settings or plugins; they close with the test."""
    async with AsyncExitStack() as stack:

        async def enter(*others: Manifest, **more: Any) -> Site:
            return await stack.enter_async_context(opened(*others, **more))

        yield enter


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """In memory, with the locales en (default), de and fr."""
    async with opened() as one:
        yield one


@pytest.fixture
async def pages(site: Site) -> Site:
    """With a page type ``page`` of title and slug."""
    await site.type("page", TITLE, SLUG, kind="page")
    return site


@pytest.fixture
async def posts(site: Site) -> Site:
    """With a collection ``post``: title and slug per locale, stars for all."""
    await site.type("post", TITLE, SLUG, field("stars", "integer", indexed=True), field("text", "markdown"))
    return site


@pytest.fixture
async def things(site: Site) -> Site:
    """2,000 published entries, a tenth of them without a number."""
    await site.type(
        "thing",
        field("title", indexed=True),
        field("code", indexed=True),
        field("number", "integer", indexed=True),
        field("half", "boolean", indexed=True),
        field("tags", "tags", indexed=True),
        field("next", "reference", indexed=True, options={"targets": ["thing"]}),
    )
    catalogue = await site.store.catalogue.load(site.store.db)
    seeds = [
        Seed(
            shared={
                "title": f"Title {index * 7919 % 2000}", "code": f"c{index % 100}", "half": index % 2 == 0,
                "number": None if index % 10 == 0 else index % 50, "tags": ["a", "b"][: index % 3],
            },
            published={"en": {}},
            first=index,
            at=index,
        )
        for index in range(2000)
    ]  # fmt: skip
    await seed(site.store, catalogue.model("thing"), catalogue, seeds)
    return site


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that transactions run, savepoints too, in the same words on every engine."""
    from newel.sql.transactions import LinkTransaction
    from newel_sqlite.transactions import OpenTransaction, WriteTransaction

    ran: list[str] = []

    def asking(function: Any) -> Any:
        async def run(self: Any, statement: str, *values: Any) -> Any:
            ran.append(statement)
            return await function(self, statement, *values)

        return run

    def many(function: Any) -> Any:
        async def run(self: Any, statement: str, rows: Any) -> int:
            if not rows:
                return 0
            ran.append(statement)
            noted = len(ran)
            matched: int = await function(self, statement, rows)
            del ran[noted:]  # an engine's own savepoint round it
            return matched

        return run

    def parting(function: Any) -> Any:
        @asynccontextmanager
        async def run(self: Any) -> AsyncIterator[None]:
            ran.append("SAVEPOINT")
            async with function(self):
                yield
            ran.append("RELEASE SAVEPOINT")

        return run

    for kind in (OpenTransaction, LinkTransaction):
        for name in ("fetch_one", "fetch_all", "execute"):
            monkeypatch.setattr(kind, name, asking(getattr(kind, name)))
        monkeypatch.setattr(kind, "execute_many", many(kind.execute_many))
    for kind in (WriteTransaction, LinkTransaction):
        monkeypatch.setattr(kind, "savepoint", parting(kind.savepoint))
    return ran
