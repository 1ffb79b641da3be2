"""Sites to test with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
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
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that transactions run, savepoints too."""
    from newel_sqlite.transactions import OpenTransaction, WriteTransaction

    ran: list[str] = []

    def noting(function: Any, at: int) -> Any:
        async def run(self: Any, *arguments: Any, **more: Any) -> Any:
            ran.append(arguments[at])
            return await function(self, *arguments, **more)

        return run

    for kind, name, at in (
        (OpenTransaction, "fetch_one", 0),
        (OpenTransaction, "fetch_all", 0),
        (OpenTransaction, "execute", 0),
        (WriteTransaction, "_plain", 0),
    ):
        monkeypatch.setattr(kind, name, noting(getattr(kind, name), at))
    many = OpenTransaction.execute_many

    async def execute_many(self: Any, statement: str, rows: Any) -> int:
        if rows:
            ran.append(statement)
        return await many(self, statement, rows)

    monkeypatch.setattr(OpenTransaction, "execute_many", execute_many)
    return ran
