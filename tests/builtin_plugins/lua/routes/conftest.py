from __future__ import annotations

import io
from collections.abc import AsyncIterator

import pytest
from attrs import frozen
from tests.builtin_plugins.lua.routes.mounted import Plugins

from newel.app import App
from newel.testing import Client, FakeAccounts, FakeAudit, FakeClock, make_app


@frozen
class Site:
    app: App
    client: Client
    plugins: Plugins
    log: io.StringIO


@pytest.fixture
async def site(clock: FakeClock) -> AsyncIterator[Site]:
    """A site whose plugins answer what the test says."""
    log = io.StringIO()
    manifests = ["http", FakeAccounts.manifest, FakeAudit.manifest, Plugins.manifest]
    async with (
        make_app(manifests, serving=True, clock=clock, log=log) as app,
        Client.of(app) as client,
    ):
        plugins = app.plugins["plugins_in_lua"]
        assert isinstance(plugins, Plugins)
        yield Site(app, client, plugins, log)
