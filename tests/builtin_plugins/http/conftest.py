from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from attrs import frozen
from tests.builtin_plugins.http.shop import Shop

from newel.app import App
from newel.testing import Client, FakeAccounts, make_app


@frozen
class Served:
    """A serving application, a client, the shop plugin and the log."""

    app: App
    client: Client
    shop: Shop
    log: io.StringIO


Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Makes serving applications: ``served = await serve(max_body=2000)`` with settings of ``[http]``."""
    async with AsyncExitStack() as stack:

        async def enter(*others: Any, token: str | None = None, **http: Any) -> Served:
            log = io.StringIO()
            plugins = ["http", FakeAccounts.manifest, Shop.manifest, *others]
            app = await stack.enter_async_context(make_app(plugins, {"http": http}, serving=True, log=log))
            client = await stack.enter_async_context(Client.of(app, token))
            shop = app.plugins["shop"]
            assert isinstance(shop, Shop)
            return Served(app, client, shop, log)

        yield enter


@pytest.fixture
async def served(serve: Serve) -> Served:
    return await serve()
